using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>
/// The one writer of the file. It commits queued writes in groups on its own thread. A few short ones are committed by the thread that
/// added them (<see cref="CommitAfter"/>). A group's actions after its commit run before the next group begins.
/// </summary>
internal sealed class Writer : IDisposable
{
    /// <summary>Writes that may wait. Beyond it a write fails at once, instead of completing too late.</summary>
    public const int QueueLength = 10_000;

    /// <summary>Writes that share a commit: enough to share the cost of an fsync, few enough to keep a group under about 10 ms.</summary>
    private const int GroupLength = 512;

    /// <summary>Up to this many writes are committed on the calling thread.</summary>
    private const int InlineLength = 8;

    /// <summary>If commits take longer than this on average, only the writer's thread commits.</summary>
    private static readonly TimeSpan InlineCommit = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// How long a commit waits for another process that writes: on the writer's thread, at shutdown, on a calling thread.
    /// </summary>
    private static readonly TimeSpan ForeignWriteTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForeignWriteTimeAtEnd = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ForeignWriteTimeInline = TimeSpan.FromMilliseconds(20);

    /// <summary>The writer for which this thread is inside <see cref="CommitAfter"/>.</summary>
    [ThreadStatic]
    private static Writer? t_committing;

    private readonly WriteQueue<PendingWrite> _queue = new(QueueLength);

    /// <summary>Held while committing and while the actions after the commit run, which keeps both in order.</summary>
    private readonly Lock _writing = new();

    private readonly Action<Action> _announce;
    private readonly CachingConnection _connection;
    private readonly GroupCommit _group;
    private readonly LogEraser _eraser;
    private readonly Checkpointer _checkpointer;
    private readonly Thread _thread;
    private TimeSpan _averageCommit;

    /// <summary>
    /// Migrates the file to the newest schema and starts. Throws <see cref="StorageException"/>, whose message says what to do.
    /// </summary>
    public Writer(DatabaseFile file, TimeProvider clock, ILogger<Database> log, Action<Action> announce)
    {
        _announce = announce;
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

    /// <summary>
    /// Queues a write; fails it when too many wait. Inside <see cref="CommitAfter"/> a short one does not wake the writer's thread.
    /// </summary>
    public void Add(PendingWrite write)
    {
        var wake = !write.IsShort || t_committing != this;
        if (!_queue.TryAdd(write, wake))
            write.Fail(new StorageException(StorageFailure.Overloaded, "Too many writes are waiting."));
    }

    /// <summary>
    /// Runs <paramref name="work"/>, then commits on this thread the short writes that it added: two changes of thread would add half of
    /// the cost of a write. The writer's thread commits instead if there are many writes or long ones, or if the disk is slow.
    /// </summary>
    public void CommitAfter(Action work)
    {
        t_committing = this;
        try
        {
            work();
            t_committing = null;
            CommitInline();
        }
        finally
        {
            t_committing = null;
            _queue.Wake();
        }
    }

    /// <summary>A number that changes when another process has written to the file.</summary>
    public long ForeignWrites()
    {
        lock (_writing)
            return _connection.Ask("pragma data_version");
    }

    private void CommitInline()
    {
        if (_queue.Count is 0 or > InlineLength || _averageCommit > InlineCommit || !_writing.TryEnter())
            return;
        var group = new List<PendingWrite>(InlineLength);
        try
        {
            if (_eraser.IsDue || _checkpointer.IsNearlyDone || _queue.HasEnded || !_connection.TryBegin(TimeSpan.Zero))
                return;
            if (_queue.TryTakeAll(group, InlineLength, static write => write.IsShort))
                Commit(group, begun: true);
            else
                _connection.RollBack();
        }
        finally
        {
            _writing.Exit();
        }
    }

    private void WriteLoop()
    {
        var group = new List<PendingWrite>(GroupLength);
        while (WaitForWrites())
        {
            lock (_writing)
            {
                _queue.Take(group, GroupLength);
                // A calling thread may have committed them already.
                if (group.Count > 0)
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
            Commit(group, begun: false);
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

    private void Commit(List<PendingWrite> group, bool begun)
    {
        if (!_group.TryCommit(group, begun, ForeignWriteTimeHere, out var took))
            return;
        _averageCommit += (took - _averageCommit) / 8;
        Statistics.Add(took, group.Count);
        if (group.Exists(write => write.Transaction?.Erases == true))
            _eraser.RunNow();
        _announce(() => _group.Announce(group));
        _eraser.RunAgain();
        _checkpointer.CountCommit(_connection);
    }

    private TimeSpan ForeignWriteTimeHere =>
        Thread.CurrentThread != _thread ? ForeignWriteTimeInline : _queue.HasEnded ? ForeignWriteTimeAtEnd : ForeignWriteTime;

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
