namespace LeanChat.Storage.Sqlite;

/// <summary>A write that waits for its commit, and its callback.</summary>
internal abstract class PendingWrite
{
    public Transaction? Transaction { get; private set; }

    public void Run(Transaction transaction)
    {
        Transaction = transaction;
        Work(transaction);
    }

    /// <summary>It was rolled back: undoes its effects outside the database, and forgets its after-commit actions.</summary>
    public void RollBack()
    {
        var undone = Transaction;
        Transaction = null;
        undone?.Undo?.Invoke();
    }

    protected abstract void Work(Transaction transaction);

    /// <summary>Reports a failure. Only the first report counts.</summary>
    public abstract void Fail(Exception e);

    /// <summary>Reports success. Only the first report counts.</summary>
    public abstract void Complete();
}

/// <summary>The same with a result.</summary>
internal sealed class PendingWrite<T>(Func<Transaction, T> work, Action<T?, Exception?> done) : PendingWrite
{
    private T? _result;
    private bool _reported;

    protected override void Work(Transaction transaction) => _result = work(transaction);

    public override void Fail(Exception e) => Report(default, e);

    public override void Complete() => Report(_result, null);

    private void Report(T? result, Exception? e)
    {
        if (_reported)
            return;
        _reported = true;
        done(result, e);
    }
}
