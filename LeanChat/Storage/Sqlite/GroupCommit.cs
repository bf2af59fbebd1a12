using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>Commits a group of writes in one transaction with one fsync. A write that throws does not fail the others.</summary>
internal sealed partial class GroupCommit(CachingConnection connection, TimeProvider clock, ILogger<Database> log)
{
    private static readonly TimeSpan LogAgain = TimeSpan.FromMinutes(1);

    private long? _loggedAt;

    /// <summary>
    /// Runs and commits the group. False: nothing was stored, and each write has failed. On a full disk it checkpoints the log, which
    /// frees room, and tries once more.
    /// </summary>
    /// <param name="group">The writes, oldest first.</param>
    /// <param name="patience">How long it waits for another process that writes.</param>
    /// <param name="took">How long it took until the group was on disk.</param>
    public bool TryCommit(List<PendingWrite> group, TimeSpan patience, out TimeSpan took)
    {
        var start = Stopwatch.GetTimestamp();
        var committed = TryOnce(group, patience, out var failure)
            || (IsFull(failure) && TryFreeLog() && TryOnce(group, patience, out failure));
        took = Stopwatch.GetElapsedTime(start);
        if (committed)
            return true;
        Log(failure!, group.Count);
        foreach (var write in group)
            write.Fail(Translate(failure!));
        return false;
    }

    /// <summary>Runs each write's actions after the commit, then completes the write.</summary>
    public void RunAfterCommit(List<PendingWrite> group)
    {
        foreach (var write in group)
        {
            foreach (var action in write.Transaction?.Afterwards ?? [])
                RunSafely(action);
            RunSafely(write.Complete);
        }
    }

    /// <summary>After an unexpected exception: fails each write and leaves no transaction open.</summary>
    public void Fail(List<PendingWrite> group, Exception e)
    {
        LogGroupFailed(e, group.Count);
        foreach (var write in group)
            write.Fail(e);
        RollBack(group);
    }

    /// <summary>
    /// A savepoint costs as much as a write, and writes rarely throw. So the group runs without savepoints first, and again with them if
    /// a write throws.
    /// </summary>
    private bool TryOnce(List<PendingWrite> group, TimeSpan patience, [NotNullWhen(false)] out SqliteException? failure)
    {
        failure = null;
        try
        {
            if (TryWithoutSavepoints(group, patience))
                return true;
            Begin(patience);
            foreach (var write in group)
                RunInSavepoint(write);
            connection.Prepare("commit").Run();
            return true;
        }
        catch (SqliteException e)
        {
            RollBack(group);
            failure = e;
            return false;
        }
    }

    private bool TryWithoutSavepoints(List<PendingWrite> group, TimeSpan patience)
    {
        Begin(patience);
        try
        {
            foreach (var write in group)
                write.Run(NewTransaction());
        }
        catch (Exception e) when (!FailsTheGroup(e))
        {
            // The write that threw will throw again in its savepoint, and fails then.
            RollBack(group);
            return false;
        }

        connection.Prepare("commit").Run();
        return true;
    }

    private void RunInSavepoint(PendingWrite write)
    {
        connection.Prepare("savepoint one").Run();
        try
        {
            write.Run(NewTransaction());
        }
        catch (Exception e) when (!FailsTheGroup(e))
        {
            // The caller of this write gets its exception; the rest of the group goes on.
            connection.Prepare("rollback to one").Run();
            write.RollBack();
            write.Fail(e);
        }

        connection.Prepare("release one").Run();
    }

    private void RollBack(List<PendingWrite> group)
    {
        connection.RollBack();
        foreach (var write in group)
            write.RollBack();
    }

    private void Begin(TimeSpan patience)
    {
        if (!connection.TryBegin(patience))
            throw new SqliteException("Another process holds the database.", SQLitePCL.raw.SQLITE_BUSY);
    }

    private Transaction NewTransaction() => new(connection, UtcText.WholeMilliseconds(clock.GetUtcNow()));

    /// <summary>A failure of SQLite itself, not of one write.</summary>
    private static bool FailsTheGroup(Exception e) =>
        e is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CORRUPT };

    private static bool IsFull(SqliteException? e) => e?.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL;

    private static bool IsBusy(SqliteException e) => e.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY;

    private static Exception Translate(SqliteException e) =>
        IsFull(e) ? new StorageException(StorageFailure.Full, "The disk is full.", e)
        : IsBusy(e) ? new StorageException(StorageFailure.Overloaded, "Another process holds the database.", e)
        : e;

    /// <summary>The disk may be full of our own log: a checkpoint frees that room.</summary>
    private bool TryFreeLog()
    {
        try
        {
            return connection.Ask("pragma wal_checkpoint(truncate)") == 0;
        }
        catch (SqliteException)
        {
            // No room even for that: the caller reports the full disk.
            return false;
        }
    }

    private void RunSafely(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            // The write is on disk, so it completes and the others still run. Clients that missed a frame catch up by `after`.
            LogActionFailed(e);
        }
    }

    /// <summary>Logs a full disk at most once a minute, in one line: the server's log must not fill the rest of the disk.</summary>
    private void Log(SqliteException e, int count)
    {
        if (!IsFull(e) && !IsBusy(e))
        {
            LogGroupFailed(e, count);
            return;
        }

        if (_loggedAt is { } before && clock.GetElapsedTime(before) <= LogAgain)
            return;
        _loggedAt = clock.GetTimestamp();
        if (IsFull(e))
            LogFull();
        else
            LogBusy();
    }

    [LoggerMessage(LogLevel.Error, "The disk is full: nothing can be stored until there is room. Reading still works")]
    private partial void LogFull();

    [LoggerMessage(LogLevel.Warning, "Another process has locked the database: writes are refused until it is done")]
    private partial void LogBusy();

    [LoggerMessage(LogLevel.Error, "A group of {Count} writes could not be committed")]
    private partial void LogGroupFailed(Exception e, int count);

    [LoggerMessage(LogLevel.Critical, "An action after a commit failed")]
    private partial void LogActionFailed(Exception e);
}
