using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage;

/// <summary>
/// The one writer. Writes queue up and are committed in groups, one fsync each; what a group asked to happen afterwards is announced before
/// the next begins.
/// </summary>
internal sealed partial class Writer : IDisposable
{
    /// <summary>Writes that may wait; beyond it a write is refused at once rather than answered too late.</summary>
    public const int QueueLength = 10_000;

    /// <summary>Writes that share a commit: enough to spread the cost of an fsync, few enough to keep a batch under some 10 ms.</summary>
    private const int BatchLength = 512;

    /// <summary>Writes that whoever gathered them commits without waking another thread.</summary>
    private const int Handful = 8;

    /// <summary>Commits that take longer, in the middle, are not waited for by threads that have other things to do.</summary>
    private static readonly TimeSpan QuickCommit = TimeSpan.FromMilliseconds(1);

    /// <summary>How long a commit waits for another process that writes: on the writer's own thread, at the end, and where others are held up by it.</summary>
    private static readonly TimeSpan ForeignWrite = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ForeignWriteAtTheEnd = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ForeignWriteElsewhere = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EraseAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>On a thread that will see to its writes itself: whose they are.</summary>
    [ThreadStatic]
    private static Writer? t_gathering;

    private readonly WriteQueue<PendingWrite> _writes = new(QueueLength);

    /// <summary>Whoever holds it is the writer.</summary>
    private readonly Lock _pen = new();

    private readonly ILogger<Database> _log;
    private readonly TimeProvider _clock;
    private readonly Checkpointer _checkpointer;
    private readonly CachingConnection _connection;
    private readonly Thread _thread;
    private bool _erasing;
    private long? _toldAt;
    private long? _eraseToldAt;
    private long _eraseTriedAt;
    private TimeSpan _pace;
    private long _commits;
    private long _written;

    /// <summary>Brings the file up to the newest schema and begins. Throws <see cref="StorageException"/> with what to do about it.</summary>
    public Writer(DatabaseFile file, TimeProvider clock, ILogger<Database> log)
    {
        (_clock, _log) = (clock, log);
        _connection = file.ConnectWriter();
        try
        {
            Migrations.Run(file, _connection);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }

        // What was erased, and could not leave the log before a sudden end.
        _erasing = file.Alone && new FileInfo(file.Path + "-wal") is { Exists: true, Length: > 0 };
        _checkpointer = new Checkpointer(file, log);
        _thread = new Thread(WriteLoop) { Name = "database writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Groups committed since the start.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>Writes committed since the start.</summary>
    public long Writes => Interlocked.Read(ref _written);

    /// <summary>How long groups took to be on disk.</summary>
    public Histogram CommitSeconds { get; } = new(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5);

    /// <summary>How many writes shared a commit.</summary>
    public Histogram CommitWrites { get; } = new(1, 2, 4, 8, 16, 32, 64, 128, 256, 512);

    /// <summary>Writes that wait now.</summary>
    public int Waiting => _writes.Count;

    /// <summary>Runs what is announced after a group's commit: for whoever wants to treat it as one.</summary>
    public Action<Action> Announcing { get; set; } = static announce => announce();

    /// <summary>Puts a write into the queue. Whoever does not <paramref name="ring"/> sees to it by <see cref="Gather"/>.</summary>
    public void Add(PendingWrite write, bool ring)
    {
        if (!_writes.TryAdd(write, ring))
            write.Fail(new StorageException(StorageFailure.Overloaded, "Too many writes are waiting."));
    }

    /// <summary>Whether this thread sees to its writes itself.</summary>
    public bool Gathers => t_gathering == this;

    /// <summary>
    /// Runs <paramref name="work"/>; what it adds without ringing is committed at its end. A handful is committed right there: to wake
    /// a thread for it, and to be woken by its answer, costs half as much again. Many, or anything that may take its time, are left to the
    /// writer's own thread: so is all where the disk is slow.
    /// </summary>
    public void Gather(Action work)
    {
        t_gathering = this;
        try
        {
            work();
            t_gathering = null;
            CommitHandful();
        }
        finally
        {
            t_gathering = null;
            _writes.Ring();
        }
    }

    private void CommitHandful()
    {
        if (_writes.Count is 0 or > Handful || _pace > QuickCommit || !_pen.TryEnter())
            return;
        var batch = new List<PendingWrite>(Handful);
        try
        {
            if (_erasing || _checkpointer.NearlyThrough || _writes.HasEnded || !TryBegin(TimeSpan.Zero))
                return;
            if (_writes.TryTakeAll(batch, Handful, static write => write.IsQuick))
                Commit(batch, begun: true);
            else
                RollBack();
        }
        finally
        {
            _pen.Exit();
        }
    }

    /// <summary>What SQLite answers to this on the connection that writes, asked between two commits.</summary>
    public long Ask(string question)
    {
        lock (_pen)
            return _connection.Ask(question);
    }

    private void WriteLoop()
    {
        var batch = new List<PendingWrite>(BatchLength);
        while (IsRung())
        {
            lock (_pen)
            {
                _writes.Take(batch, BatchLength);
                // Somebody else may have been quicker.
                if (batch.Count > 0)
                    CommitSafely(batch);
            }

            batch.Clear();
        }
    }

    /// <summary>Nothing ends this thread, and the process with it: whoever waits for a write is told what was not expected.</summary>
    private void CommitSafely(List<PendingWrite> batch)
    {
        try
        {
            Commit(batch, begun: false);
        }
        catch (Exception e)
        {
            LogGroupFailed(e, batch.Count);
            foreach (var write in batch)
                write.Fail(e);
            RollBack();
        }
    }

    /// <summary>Waits for the next write; false when there will be none. Meanwhile it erases what is still to be erased.</summary>
    private bool IsRung()
    {
        while (_erasing && !_writes.HasEnded && !_writes.Wait(EraseAgain))
        {
            lock (_pen)
                EraseLog(TimeSpan.Zero);
        }

        while (!_writes.Wait(Timeout.InfiniteTimeSpan))
        {
            if (_writes.HasEnded)
                return false;
        }

        return true;
    }

    private void Commit(List<PendingWrite> batch, bool begun)
    {
        var start = Stopwatch.GetTimestamp();
        if (!TryCommit(batch, begun, out var trouble) && !(IsFull(trouble) && MadeRoom() && TryCommit(batch, begun: false, out trouble)))
        {
            // The whole group goes: none of it was acknowledged.
            Log(trouble, batch.Count);
            foreach (var write in batch)
            {
                write.Fail(
                    IsFull(trouble) ? new StorageException(StorageFailure.Full, "The disk is full.", trouble)
                    : IsHeld(trouble) ? new StorageException(StorageFailure.Overloaded, "Another process holds the database.", trouble)
                    : trouble);
            }

            return;
        }

        var took = Stopwatch.GetElapsedTime(start);
        _pace += (took - _pace) / 8;
        CommitSeconds.Add(took.TotalSeconds);
        CommitWrites.Add(batch.Count);
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _written, batch.Count);
        if (batch.Exists(write => write.Transaction?.Erases == true))
        {
            // It counts as done once it has left the log as well, if nobody holds that up.
            _erasing = true;
            EraseLog(DatabaseFile.CheckpointPatience);
        }

        Announcing(() =>
        {
            foreach (var write in batch)
                Announce(write);
        });
        if (_erasing && Stopwatch.GetElapsedTime(_eraseTriedAt) > EraseAgain)
            EraseLog(TimeSpan.Zero);
        _checkpointer.Nudge(_connection);
    }

    /// <summary>Begins a transaction; false when another process writes, and goes on writing for all of <paramref name="patience"/>.</summary>
    private bool TryBegin(TimeSpan patience)
    {
        BePatient(patience);
        try
        {
            _connection.Prepare("begin immediate").Run();
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY)
        {
            return false;
        }
        finally
        {
            BePatient(DatabaseFile.CheckpointPatience);
        }
    }

    private void BePatient(TimeSpan patience) => SQLitePCL.raw.sqlite3_busy_timeout(_connection.Handle, (int)patience.TotalMilliseconds);

    private void BeginPatiently()
    {
        var patience = Thread.CurrentThread != _thread ? ForeignWriteElsewhere : _writes.HasEnded ? ForeignWriteAtTheEnd : ForeignWrite;
        if (!TryBegin(patience))
            throw new SqliteException("Another process holds the database.", SQLitePCL.raw.SQLITE_BUSY);
    }

    /// <summary>
    /// One transaction for all. A savepoint for each write costs as much as the write, and a write that fails is rare: so they
    /// go without at first, and once more with savepoints should one fail.
    /// </summary>
    private bool TryCommit(List<PendingWrite> batch, bool begun, [NotNullWhen(false)] out SqliteException? trouble)
    {
        trouble = null;
        try
        {
            if (TryRunTogether(batch, begun))
                return true;
            BeginPatiently();
            foreach (var write in batch)
                RunAlone(write);
            _connection.Prepare("commit").Run();
            return true;
        }
        catch (SqliteException e)
        {
            RollBack();
            trouble = e;
            return false;
        }
    }

    private bool TryRunTogether(List<PendingWrite> batch, bool begun)
    {
        if (!begun)
            BeginPatiently();
        try
        {
            foreach (var write in batch)
                write.Run(Begin());
        }
        catch (Exception e) when (!EndsTheGroup(e))
        {
            // It will throw again, alone.
            RollBack();
            return false;
        }

        _connection.Prepare("commit").Run();
        return true;
    }

    /// <summary>Needed only if SQLite has not done so itself.</summary>
    private void RollBack()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            _connection.Prepare("rollback").Run();
    }

    private Transaction Begin() => new(_connection, WholeMilliseconds(_clock.GetUtcNow()));

    /// <summary>SQLite's own failures are nobody's in particular.</summary>
    private static bool EndsTheGroup(Exception e) =>
        e is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CORRUPT };

    private static bool IsFull(SqliteException e) => e.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL;

    private static bool IsHeld(SqliteException e) => e.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY;

    /// <summary>A full disk may be full of our own log: folding it back into the file frees it.</summary>
    private bool MadeRoom()
    {
        try
        {
            return _connection.Ask("pragma wal_checkpoint(truncate)") == 0;
        }
        catch (SqliteException)
        {
            // No room even for that: the caller says so.
            return false;
        }
    }

    /// <summary>A full disk is told now and then and in one line: it must not fill with the telling of it.</summary>
    private void Log(SqliteException trouble, int count)
    {
        if (!IsFull(trouble) && !IsHeld(trouble))
            LogBatchFailed(trouble, count);
        else if (IsTimeToTell(ref _toldAt) && IsFull(trouble))
            LogFull();
        else if (IsHeld(trouble))
            LogHeld();
    }

    private bool IsTimeToTell(ref long? before)
    {
        if (before is { } told && _clock.GetElapsedTime(told) <= ToldAgain)
            return false;
        before = _clock.GetTimestamp();
        return true;
    }

    /// <summary>What was erased leaves the log, too. A reader of the old state can hold that up: then it is tried again soon.</summary>
    private void EraseLog(TimeSpan patience)
    {
        _eraseTriedAt = Stopwatch.GetTimestamp();
        BePatient(patience);
        try
        {
            if (_erasing)
                _erasing = _connection.Ask("pragma wal_checkpoint(truncate)") != 0;
        }
        catch (SqliteException e)
        {
            // A full disk, say. It stays to be done.
            if (IsTimeToTell(ref _eraseToldAt))
                LogErasingFailed(e);
        }
        finally
        {
            BePatient(DatabaseFile.CheckpointPatience);
        }
    }

    /// <summary>A write that throws is undone by its savepoint and takes nothing else with it.</summary>
    private void RunAlone(PendingWrite write)
    {
        _connection.Prepare("savepoint one").Run();
        try
        {
            write.Run(Begin());
        }
        catch (Exception e) when (!EndsTheGroup(e))
        {
            // Whatever the work threw belongs to the one who asked for it, who gets it through the task.
            _connection.Prepare("rollback to one").Run();
            write.Fail(e);
        }

        _connection.Prepare("release one").Run();
    }

    private void Announce(PendingWrite write)
    {
        try
        {
            foreach (var action in write.Transaction?.Afterwards ?? [])
                action();
        }
        catch (Exception e)
        {
            // It is on disk; a failed announcement must end neither the writer nor the write. Listeners recover by `after`.
            LogAnnouncementFailed(e);
        }

        try
        {
            write.Complete();
        }
        catch (Exception e)
        {
            // Whoever wanted to be told could not bear it: the others still are.
            LogAnnouncementFailed(e);
        }
    }

    private static DateTimeOffset WholeMilliseconds(DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    /// <summary>Finishes the writes that wait; false when that was done before.</summary>
    public bool TryEnd()
    {
        if (!_writes.TryEnd())
            return false;
        _thread.Join();
        _checkpointer.Dispose();
        return true;
    }

    /// <summary>Closes the file, which folds the log back into it if nobody else has it open.</summary>
    public void Dispose()
    {
        lock (_pen)
            _connection.Dispose();
        _writes.Dispose();
    }

    [LoggerMessage(LogLevel.Error, "The disk is full: nothing can be stored until there is room; reading goes on")]
    private partial void LogFull();

    [LoggerMessage(LogLevel.Warning, "Another process holds the database: what is to be stored is refused until it lets go")]
    private partial void LogHeld();

    [LoggerMessage(LogLevel.Error, "A group of {Count} writes could not be committed")]
    private partial void LogBatchFailed(Exception e, int count);

    [LoggerMessage(LogLevel.Critical, "A group of {Count} writes failed in a way that was not expected")]
    private partial void LogGroupFailed(Exception e, int count);

    [LoggerMessage(LogLevel.Error, "What was erased is still in the log beside the database; it will be tried again")]
    private partial void LogErasingFailed(Exception e);

    [LoggerMessage(LogLevel.Critical, "An announcement after a commit failed")]
    private partial void LogAnnouncementFailed(Exception e);
}
