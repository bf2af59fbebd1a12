using Microsoft.Data.Sqlite;

namespace LeanChat.Storage;

/// <summary>Folds the write-ahead log back into the file on a thread of its own: a checkpoint takes 6–15 ms that no commit shall wait for.</summary>
internal sealed partial class Checkpointer : IDisposable
{
    /// <summary>The log's size, in bytes, from which folding it back is worth the reads.</summary>
    private const long Worthwhile = 4 << 20;

    private readonly ILogger<Database> _log;
    private readonly FileInfo _wal;
    private readonly SqliteConnection _connection;
    private readonly AutoResetEvent _nudged = new(false);
    private readonly Thread _thread;
    private volatile bool _ended;
    private volatile bool _nearlyThrough;
    private int _commits;

    public Checkpointer(DatabaseFile file, ILogger<Database> log)
    {
        _log = log;
        _wal = new FileInfo(file.Path + "-wal");
        _connection = file.Connect(SqliteOpenMode.ReadWrite);
        _thread = new Thread(Loop) { Name = "database checkpoint", IsBackground = true };
        _thread.Start();
    }

    /// <summary>
    /// Says that a commit happened, to <paramref name="writer"/>. Looks at the log's size every so often only. Under a steady load
    /// the writer is always a little ahead, and the log would grow for ever: the last bit is folded back between two commits,
    /// where it takes a millisecond, and the log starts over.
    /// </summary>
    public void Nudge(SqliteConnection writer)
    {
        if (_nearlyThrough)
        {
            _nearlyThrough = false;
            TryFold(writer);
        }
        else if (++_commits % 64 == 0)
        {
            _nudged.Set();
        }
    }

    private void Loop()
    {
        while (_nudged.WaitOne() && !_ended)
        {
            _wal.Refresh();
            if (!_wal.Exists || _wal.Length < Worthwhile)
                continue;
            _nearlyThrough = TryFold(_connection);
        }
    }

    private bool TryFold(SqliteConnection connection)
    {
        try
        {
            // Passive: never in a writer's or reader's way. SQLite starts the log over once all of it is folded back.
            connection.Run("pragma wal_checkpoint(passive)");
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL)
        {
            // The writer meets the same full disk and says so.
        }
        catch (SqliteException e)
        {
            // The log stays as it is and grows; nothing is lost, and the next nudge tries again.
            LogCheckpointFailed(e);
        }

        return false;
    }

    public void Dispose()
    {
        _ended = true;
        _nudged.Set();
        _thread.Join();
        _connection.Dispose();
        _nudged.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "A checkpoint failed; it will be tried again")]
    private partial void LogCheckpointFailed(Exception e);
}
