using System.Data.Common;

namespace LeanChat.Storage;

/// <summary>
/// Where everything is kept: transactions that write, snapshots that read. A write completes only when it is on disk, after the
/// actions it registered by <see cref="Transaction.AfterCommit"/> have run.
/// </summary>
internal abstract class Database : IDisposable
{
    /// <summary>Where the data lies, for people to read; without a password.</summary>
    public abstract string Location { get; }

    /// <summary>Counts and times of commits since the start.</summary>
    public abstract WriteStatistics Statistics { get; }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction and completes when it is on disk. What it throws undoes it alone. When another
    /// write of its group throws, it runs a second time, on what was there before: so it must have no effect outside the transaction.
    /// Throws <see cref="StorageException"/> when the disk is full or too many writes wait.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<Transaction, T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(work, (result, e) => _ = e is null ? done.TrySetResult(result!) : done.TrySetException(e), isShort: false);
        return done.Task;
    }

    /// <summary>
    /// The same for work on a few rows. <paramref name="done"/> gets the result or the exception on the thread that commits, where it must not wait.
    /// </summary>
    public void Write<T>(Func<Transaction, T> work, Action<T?, Exception?> done) => Add(work, done, isShort: true);

    /// <summary>
    /// Runs <paramref name="work"/>, then commits what it added by <see cref="Write{T}"/>, if that is little, on this thread: waking another
    /// thread for a few rows costs more than storing them.
    /// </summary>
    public abstract void CommitAfter(Action work);

    /// <summary>Runs <paramref name="read"/> on a consistent snapshot, on the thread pool.</summary>
    public Task<T> ReadAsync<T>(Func<DbConnection, T> read) => Task.Run(() => Read(read));

    /// <summary>The same on this thread: for a row or two by their key, which take less than changing threads.</summary>
    public abstract T Read<T>(Func<DbConnection, T> read);

    /// <summary>What is wrong with the stored data, in the engine's words; null when nothing is. Reads all of it.</summary>
    public abstract Task<string?> CheckAsync();

    /// <summary>A number that changes when another process has written.</summary>
    public abstract Task<long> ForeignWritesAsync();

    /// <summary>Queues a write. <paramref name="isShort"/>: it touches a few rows and may be committed where it was added.</summary>
    protected abstract void Add<T>(Func<Transaction, T> work, Action<T?, Exception?> done, bool isShort);

    /// <summary>Finishes the writes that wait, then closes.</summary>
    public abstract void Dispose();
}
