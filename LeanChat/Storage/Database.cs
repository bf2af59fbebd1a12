using System.Data.Common;

namespace LeanChat.Storage;

/// <summary>
/// The database: transactions that write, snapshots that read. A write completes only when it is on disk, after the actions it
/// registered by <see cref="Transaction.AfterCommit"/> have run.
/// </summary>
internal abstract class Database : IDisposable
{
    /// <summary>Where the data is, for people to read; without a password.</summary>
    public abstract string Location { get; }

    /// <summary>Counts and times of commits since the start.</summary>
    public abstract WriteStatistics Statistics { get; }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction and completes when it is on disk. If it throws, only its own changes are undone. If
    /// another write of its group throws, it runs again from the start, so it must have no effect outside the transaction that
    /// <see cref="Transaction.OnRollback"/> does not undo. Throws <see cref="StorageException"/> when the disk is full or too many writes
    /// wait.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<Transaction, T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(work, (result, e) => _ = e is null ? done.TrySetResult(result!) : done.TrySetException(e));
        return done.Task;
    }

    /// <summary>
    /// The same without a task. <paramref name="done"/> gets the result or the exception, on the thread that commits. It must not wait.
    /// </summary>
    public void Write<T>(Func<Transaction, T> work, Action<T?, Exception?> done) => Add(work, done);

    /// <summary>Runs <paramref name="read"/> on a consistent snapshot, on the thread pool.</summary>
    public Task<T> ReadAsync<T>(Func<DbConnection, T> read) => Task.Run(() => Read(read));

    /// <summary>The same on this thread, for a row or two by key: changing threads would take longer.</summary>
    public abstract T Read<T>(Func<DbConnection, T> read);

    /// <summary>Checks all stored data. Returns the database's description of the damage; null: no damage.</summary>
    /// <param name="except">A table that is too large to be read through; null: every table is checked.</param>
    public abstract Task<string?> CheckAsync(string? except = null);

    /// <summary>A number that changes when another process has written.</summary>
    public abstract Task<long> ForeignWritesAsync();

    /// <summary>Queues a write.</summary>
    protected abstract void Add<T>(Func<Transaction, T> work, Action<T?, Exception?> done);

    /// <summary>Finishes the waiting writes, then closes.</summary>
    public abstract void Dispose();
}
