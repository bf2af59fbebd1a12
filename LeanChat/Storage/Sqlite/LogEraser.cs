using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>
/// Removes erased text from the write-ahead log, too, by a truncating checkpoint. A reader of the old state can prevent that; then it is
/// tried again until it works. Callers hold the writer's lock.
/// </summary>
internal sealed partial class LogEraser
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LogAgain = TimeSpan.FromMinutes(1);

    private readonly CachingConnection _connection;
    private readonly TimeProvider _clock;
    private readonly ILogger<Database> _log;
    private long _triedAt;
    private long? _loggedAt;

    public LogEraser(CachingConnection connection, DatabaseFile file, TimeProvider clock, ILogger<Database> log)
    {
        (_connection, _clock, _log) = (connection, clock, log);
        // After a crash, the log may still hold text that was erased.
        IsDue = file.Alone && new FileInfo(file.Path + "-wal") is { Exists: true, Length: > 0 };
    }

    /// <summary>Whether erased text may still be in the log.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Runs after a write that erased: that write completes once the log is empty, or once a reader prevented that.</summary>
    public void RunNow()
    {
        IsDue = true;
        Run(DatabaseFile.CheckpointPatience);
    }

    /// <summary>Tries again if it is due, but not more often than <see cref="RetryAfter"/>.</summary>
    public void RunAgain()
    {
        if (IsDue && Stopwatch.GetElapsedTime(_triedAt) > RetryAfter)
            Run(TimeSpan.Zero);
    }

    /// <summary>Tries to empty the log, waiting <paramref name="patience"/> for readers.</summary>
    public void Run(TimeSpan patience)
    {
        _triedAt = Stopwatch.GetTimestamp();
        _connection.WaitFor(patience);
        try
        {
            if (IsDue)
                IsDue = _connection.Ask("pragma wal_checkpoint(truncate)") != 0;
        }
        catch (SqliteException e)
        {
            // A full disk, for example. It stays due.
            Log(e);
        }
        finally
        {
            _connection.WaitFor(DatabaseFile.CheckpointPatience);
        }
    }

    private void Log(SqliteException e)
    {
        if (_loggedAt is { } before && _clock.GetElapsedTime(before) <= LogAgain)
            return;
        _loggedAt = _clock.GetTimestamp();
        LogErasingFailed(e);
    }

    [LoggerMessage(LogLevel.Error, "Erased text is still in the write-ahead log. Erasing it will be tried again")]
    private partial void LogErasingFailed(Exception e);
}
