using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>
/// The one writer of the file. It commits queued writes in groups on its own thread. A group's actions after its commit run before the
/// next group begins.
/// </summary>
internal sealed class Writer : IDisposable
{
    /// <summary>Writes that may wait. Beyond it a write fails at once, instead of completing too late.</summary>
    public const int QueueLength = 10_000;

    /// <summary>Writes that share a commit: enough to share the cost of an fsync, few enough to keep a group under about 10 ms.</summary>
    private const int GroupLength = 512;

    /// <summary>How long a commit waits for another process that writes: usually, and at shutdown.</summary>
    private static readonly TimeSpan ForeignWriteTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForeignWriteTimeAtEnd = TimeSpan.FromMilliseconds(500);

    private readonly WriteQueue<PendingWrite> _queue = new(QueueLength);

    /// <summary>Held while committing and while the actions after the commit run, which keeps both in order.</summary>
    private readonly Lock _writing = new();

    private readonly Action<Action> _aroundAfterCommit;
    private readonly CachingConnection _connection;
    private readonly GroupCommit _group;
    private readonly LogEraser _eraser;
    private readonly Checkpointer _checkpointer;
    private readonly Thread _thread;

    /// <summary>
    /// Migrates the file to the newest schema and starts. Throws <see cref="StorageException"/>, whose message says what to do.
    /// </summary>
    public Writer(DatabaseFile file, TimeProvider clock, ILogger<Database> log, Action<Action> aroundAfterCommit)
    {
        _aroundAfterCommit = aroundAfterCommit;
        _connection = file.Connect(SqliteOpenMode.ReadWrite);
        try
        {
            Migrations.Run(file, _connection);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }

        Statistics = new WriteStatistics(() => _queue.Count);
        _group = new GroupCommit(_connection, clock, log);
        _eraser = new LogEraser(_connection, file, clock, log);
        _checkpointer = new Checkpointer(file, log);
        _thread = new Thread(WriteLoop) { Name = "database writer", IsBackground = true };
        _thread.Start();
    }

    public WriteStatistics Statistics { get; }

    /// <summary>Queues a write; fails it when too many wait.</summary>
    public void Add(PendingWrite write)
    {
        if (!_queue.TryAdd(write))
            write.Fail(new StorageException(StorageFailure.Overloaded, "Too many writes are waiting."));
    }

    /// <summary>A number that changes when another process has written to the file.</summary>
    public long ForeignWrites()
    {
        lock (_writing)
            return _connection.Ask("pragma data_version");
    }

    private void WriteLoop()
    {
        var group = new List<PendingWrite>(GroupLength);
        while (WaitForWrites())
        {
            lock (_writing)
            {
                _queue.Take(group, GroupLength);
                CommitSafely(group);
            }

            group.Clear();
        }
    }

    /// <summary>An unexpected exception fails the writes of this group; the writer's thread goes on.</summary>
    private void CommitSafely(List<PendingWrite> group)
    {
        try
        {
            Commit(group);
        }
        catch (Exception e)
        {
            _group.Fail(group, e);
        }
    }

    /// <summary>Waits for writes; false when no more will come. While it waits, it retries erasing.</summary>
    private bool WaitForWrites()
    {
        while (_eraser.IsDue && !_queue.HasEnded && !_queue.Wait(LogEraser.RetryAfter))
        {
            lock (_writing)
                _eraser.Run(TimeSpan.Zero);
        }

        while (!_queue.Wait(Timeout.InfiniteTimeSpan))
        {
            if (_queue.HasEnded)
                return false;
        }

        return true;
    }

    private void Commit(List<PendingWrite> group)
    {
        if (!_group.TryCommit(group, _queue.HasEnded ? ForeignWriteTimeAtEnd : ForeignWriteTime, out var took))
            return;
        Statistics.Add(took, group.Count);
        if (group.Exists(write => write.Transaction?.Erases == true))
            _eraser.RunNow();
        _aroundAfterCommit(() => _group.RunAfterCommit(group));
        _eraser.RunAgain();
        _checkpointer.CountCommit(_connection, soon: group.Exists(write => write.Transaction?.WritesMuch == true));
    }

    /// <summary>Finishes the waiting writes; false when that was done before.</summary>
    public bool TryEnd()
    {
        if (!_queue.TryEnd())
            return false;
        _thread.Join();
        _checkpointer.Dispose();
        return true;
    }

    /// <summary>Closes the file. SQLite then checkpoints the log, if nobody else has the file open.</summary>
    public void Dispose()
    {
        lock (_writing)
            _connection.Dispose();
        _queue.Dispose();
    }
}
