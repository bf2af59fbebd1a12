using System.Diagnostics;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>Folds the write-ahead log back into the file on a thread of its own: a checkpoint takes 6–15 ms that no commit shall wait for.</summary>
internal sealed partial class Checkpointer : IDisposable
{
    /// <summary>Pages in the log from which folding it back is worth the reads, once in a while: 4 MB.</summary>
    private const int Worthwhile = 1 << 10;

    /// <summary>Pages from which it is done at once: 64 MB. Its fsyncs hold up those of the commits, so that it pays to do it seldom.</summary>
    private const int Pressing = 1 << 14;

    /// <summary>SQLITE_DBSTATUS_CACHE_WRITE: what a connection has written, in pages, all of it to the log.</summary>
    private const int PagesWritten = 9;

    private const int PageBytes = 4096;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly ILogger<Database> _log;
    private readonly SqliteConnection _connection;
    private readonly AutoResetEvent _woken = new(false);
    private readonly Thread _thread;
    private volatile bool _ended;
    private volatile bool _isNearlyDone;
    private int _pages;
    private long _folded = Stopwatch.GetTimestamp();

    public Checkpointer(DatabaseFile file, ILogger<Database> log)
    {
        _log = log;
        _connection = file.Connect(SqliteOpenMode.ReadWrite);
        // What an earlier life has left behind counts.
        _pages = new FileInfo(file.Path + "-wal") is { Exists: true } wal ? (int)(wal.Length / PageBytes) : 0;
        _thread = new Thread(Loop) { Name = "database checkpoint", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether the next <see cref="CountCommit"/> takes a while.</summary>
    public bool IsNearlyDone => _isNearlyDone;

    /// <summary>
    /// Says that a commit happened, to <paramref name="writer"/>. Under a steady load the writer is always a little ahead, and the
    /// log would grow for ever: the last bit is folded back between two commits, and the log starts over.
    /// </summary>
    public void CountCommit(SqliteConnection writer)
    {
        if (_isNearlyDone)
        {
            _isNearlyDone = false;
            TryFold(writer);
        }
        else if (IsDue(writer))
        {
            (_pages, _folded) = (0, Stopwatch.GetTimestamp());
            _woken.Set();
        }
    }

    private bool IsDue(SqliteConnection writer)
    {
        SQLitePCL.raw.sqlite3_db_status(writer.Handle, PagesWritten, out var pages, out _, 1);
        _pages += pages;
        return _pages >= Pressing || (_pages >= Worthwhile && Stopwatch.GetElapsedTime(_folded) >= Rest);
    }

    private void Loop()
    {
        while (_woken.WaitOne() && !_ended)
            _isNearlyDone = TryFold(_connection);
    }

    private bool TryFold(SqliteConnection connection)
    {
        try
        {
            // Passive: never in a writer's or reader's way. SQLite starts the log over once all of it is folded back. Not nought:
            // somebody else is at it.
            return connection.Ask("pragma wal_checkpoint(passive)") == 0;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL)
        {
            // The writer meets the same full disk and says so.
        }
        catch (Exception e)
        {
            // Whatever it is, it must not end this thread, and the process with it. The log stays as it is and grows; nothing is lost, and the next nudge tries again.
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
