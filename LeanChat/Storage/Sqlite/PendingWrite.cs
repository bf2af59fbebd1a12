namespace LeanChat.Storage.Sqlite;

/// <summary>A write that waits for its group, and for whom what comes of it is told.</summary>
internal abstract class PendingWrite(bool isShort)
{
    /// <summary>Whether it touches a few rows and no more.</summary>
    public bool IsShort => isShort;

    public Transaction? Transaction { get; private set; }

    public void Run(Transaction transaction)
    {
        Transaction = null;
        Work(transaction);
        Transaction = transaction;
    }

    protected abstract void Work(Transaction transaction);

    /// <summary>Says once what came of it; what is said later does not count.</summary>
    public abstract void Fail(Exception e);

    public abstract void Complete();
}

/// <summary>The same with a result.</summary>
internal sealed class PendingWrite<T>(Func<Transaction, T> work, Action<T?, Exception?> done, bool isShort) : PendingWrite(isShort)
{
    private T? _result;
    private bool _told;

    protected override void Work(Transaction transaction) => _result = work(transaction);

    public override void Fail(Exception e) => Tell(default, e);

    public override void Complete() => Tell(_result, null);

    private void Tell(T? result, Exception? e)
    {
        if (_told)
            return;
        _told = true;
        done(result, e);
    }
}
