using System.Diagnostics;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>Checkpoints the write-ahead log on its own thread: that takes 6–15 ms, for which no commit should wait.</summary>
internal sealed partial class Checkpointer : IDisposable
{
    /// <summary>From this many pages in the log (4 MB) a checkpoint is due, if the last one was <see cref="MinInterval"/> ago.</summary>
    private const int MinPages = 1 << 10;

    /// <summary>From this many pages (64 MB) it is due at once. Its fsyncs delay those of the commits, so it runs rarely.</summary>
    private const int MaxPages = 1 << 14;

    /// <summary>SQLITE_DBSTATUS_CACHE_WRITE: the pages that a connection has written to the log.</summary>
    private const int PagesWritten = 9;

    private const int PageBytes = 4096;

    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(2);

    private readonly ILogger<Database> _log;
    private readonly SqliteConnection _connection;
    private readonly AutoResetEvent _woken = new(false);
    private readonly Thread _thread;
    private volatile bool _ended;
    private volatile bool _isNearlyDone;
    private int _pages;
    private long _startedAt = Stopwatch.GetTimestamp();

    public Checkpointer(DatabaseFile file, ILogger<Database> log)
    {
        _log = log;
        _connection = file.Connect(SqliteOpenMode.ReadWrite);
        // The log of an earlier run counts.
        _pages = new FileInfo(file.Path + "-wal") is { Exists: true } wal ? (int)(wal.Length / PageBytes) : 0;
        _thread = new Thread(Loop) { Name = "database checkpoint", IsBackground = true };
        _thread.Start();
    }

    /// <summary>
    /// Counts a commit of <paramref name="writer"/>. Under a steady load the writer is always a little ahead of the checkpoint, and the log
    /// would grow for ever. So the last pages are checkpointed here, between two commits, and the log starts over.
    /// </summary>
    /// <param name="writer">The writer's connection.</param>
    /// <param name="soon">Whether <see cref="MinPages"/> are enough, however long ago the last one was.</param>
    public void CountCommit(SqliteConnection writer, bool soon)
    {
        if (_isNearlyDone)
        {
            _isNearlyDone = false;
            TryCheckpoint(writer);
        }
        else if (IsDue(writer, soon))
        {
            (_pages, _startedAt) = (0, Stopwatch.GetTimestamp());
            _woken.Set();
        }
    }

    private bool IsDue(SqliteConnection writer, bool soon)
    {
        SQLitePCL.raw.sqlite3_db_status(writer.Handle, PagesWritten, out var pages, out _, 1);
        _pages += pages;
        return _pages >= MaxPages || (_pages >= MinPages && (soon || Stopwatch.GetElapsedTime(_startedAt) >= MinInterval));
    }

    private void Loop()
    {
        while (_woken.WaitOne() && !_ended)
            _isNearlyDone = TryCheckpoint(_connection);
    }

    private bool TryCheckpoint(SqliteConnection connection)
    {
        try
        {
            // Passive: blocks no writer and no reader. SQLite starts the log over after a complete checkpoint. Not 0: another
            // connection is running one.
            return connection.Ask("pragma wal_checkpoint(passive)") == 0;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL)
        {
            // The writer meets the same full disk and logs it.
        }
        catch (Exception e)
        {
            // It must not end this thread, and with it the process. Nothing is lost: the log grows, and the next checkpoint tries again.
            LogCheckpointFailed(e);
        }

        return false;
    }

    public void Dispose()
    {
        _ended = true;
        _woken.Set();
        _thread.Join();
        _connection.Dispose();
        _woken.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "A checkpoint failed; it will be tried again")]
    private partial void LogCheckpointFailed(Exception e);
}
