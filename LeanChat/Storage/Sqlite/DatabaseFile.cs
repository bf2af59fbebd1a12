using System.Buffers.Binary;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>The file itself: ours or refused untouched, made whole or not at all, used by one server at a time.</summary>
internal sealed class DatabaseFile : IDisposable
{
    /// <summary>`LeaC`, in the header's application_id: a file without it is not ours.</summary>
    private const uint ApplicationId = 0x4C656143;

    /// <summary>Files up to this size, in bytes, are read through at the start for damage; larger ones would make it wait.</summary>
    private const long CheckedSize = 64 << 20;

    /// <summary>How long a checkpoint waits for readers. Statements of the library wait longer; the writer says how long when it begins.</summary>
    public static readonly TimeSpan CheckpointPatience = TimeSpan.FromMilliseconds(250);

    private readonly FileStream? _lock;

    static DatabaseFile()
    {
        SQLitePCL.Batteries_V2.Init();
        // A connection is used by one thread at a time, and nobody asks how much memory SQLite has: both would cost a lock at every step.
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private DatabaseFile(string path, FileStream? @lock) => (Path, _lock) = (path, @lock);

    public string Path { get; }

    /// <summary>False beside a server that has the file.</summary>
    public bool Alone => _lock is not null;

    /// <summary>Where the database of a folder lies.</summary>
    public static string PathIn(string directory) => System.IO.Path.GetFullPath(System.IO.Path.Combine(directory, "leanchat.db"));

    /// <summary>Opens or makes the file; <paramref name="alone"/>: refuses when a server has it, else works beside that server.</summary>
    public static DatabaseFile Open(string directory, bool alone)
    {
        var path = PathIn(directory);
        FileStream? @lock = null;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            @lock = TryLock(path);
            if (@lock is null && alone)
                throw Served(path);
            if (!File.Exists(path) || new FileInfo(path).Length == 0)
                Create(path);
            Check(path);
            return new DatabaseFile(path, @lock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            @lock?.Dispose();
            throw Unwritable(path, e);
        }
        catch
        {
            @lock?.Dispose();
            throw;
        }
    }

    /// <summary>A connection with our pragmas, which SQLite keeps per connection.</summary>
    public CachingConnection Connect(SqliteOpenMode mode) => Connect(Path, mode);

    internal static CachingConnection Connect(string path, SqliteOpenMode mode)
    {
        var source = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 5 };
        var connection = new CachingConnection(source.ToString());
        connection.Open();
        connection.Run("pragma foreign_keys = on");
        connection.Run("pragma secure_delete = on");
        // FULL: a commit is on disk before it is acknowledged; NORMAL loses acknowledged messages with the power.
        connection.Run("pragma synchronous = full");
        connection.Run("pragma wal_autocheckpoint = 0");
        connection.Run($"pragma busy_timeout = {CheckpointPatience.TotalMilliseconds}");
        connection.Run("pragma temp_store = memory");
        connection.Run("pragma cache_size = -16000");
        return connection;
    }

    /// <summary>Made beside and renamed into place, so that a crash leaves either no database or a whole one.</summary>
    private static void Create(string path)
    {
        var unborn = path + ".new";
        File.Delete(unborn);
        using (var connection = Connect(unborn, SqliteOpenMode.ReadWriteCreate))
        {
            connection.Run("pragma auto_vacuum = incremental");
            connection.Run("begin");
            connection.Run(Migrations.Schema);
            connection.Run($"pragma application_id = {ApplicationId}");
            connection.Run($"pragma user_version = {Migrations.Newest}");
            connection.Run("commit");
            connection.Run("pragma journal_mode = wal");
        }

        Seclude(unborn);
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
        File.Move(unborn, path, overwrite: true);
    }

    /// <summary>Reads the header's bytes first: a file that is not ours shall not even be opened by SQLite.</summary>
    private static void Check(string path)
    {
        CheckHeader(path, FileAccess.ReadWrite);
        CheckVersion(path);
        CheckIntegrity(path);
    }

    /// <summary>Whether the first bytes of a file are those of a database of ours. Throws what opening a file throws.</summary>
    internal static void CheckHeader(string path, FileAccess access, string advice = "choose another --data DIR, or move it away")
    {
        Span<byte> header = stackalloc byte[100];
        using (var file = new FileStream(path, FileMode.Open, access, FileShare.ReadWrite))
        {
            var read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            if (read < header.Length || !header.StartsWith("SQLite format 3\0"u8) || BinaryPrimitives.ReadUInt32BigEndian(header[68..]) != ApplicationId)
                throw Refuse(path, $"is not a LeanChat database. It was left untouched; {advice}.");

            var pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[16..]) is 1 ? 65_536 : BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
            var whole = (long)BinaryPrimitives.ReadUInt32BigEndian(header[28..]) * pageSize;
            var wal = new FileInfo(path + "-wal");
            if (file.Length < whole && !(wal.Exists && wal.Length > 0))
                throw Damaged(path);
        }
    }

    internal static void CheckVersion(string path, string? named = null)
    {
        named ??= path;
        try
        {
            using var connection = Connect(path, SqliteOpenMode.ReadOnly);
            var version = connection.Ask("pragma user_version");
            if (version < 1)
                throw Damaged(named);
            if (version > Migrations.Newest)
                throw Refuse(named, $"was written by a newer LeanChat (schema {version}; this one knows {Migrations.Newest}). It was left untouched; run the newer version.");
        }
        catch (SqliteException e)
        {
            throw Damaged(named, e);
        }
    }

    private static void CheckIntegrity(string path)
    {
        if (new FileInfo(path).Length > CheckedSize)
            return;
        try
        {
            using var connection = Connect(path, SqliteOpenMode.ReadOnly);
            using var command = connection.CreateCommand();
            command.CommandText = "pragma quick_check(1)";
            if (command.ExecuteScalar() is not "ok")
                throw Damaged(path);
        }
        catch (SqliteException e)
        {
            throw Damaged(path, e);
        }
    }

    /// <summary>Nobody else on this machine has any business in it; the log takes the same mode from the file.</summary>
    internal static void Seclude(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>What a server holds while it has the database; null when somebody else does.</summary>
    internal static FileStream? TryLock(string database)
    {
        var path = System.IO.Path.ChangeExtension(database, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Somebody else holds it; whether that matters is for the caller to say.
            return null;
        }
    }

    internal static StorageException Served(string path) =>
        new(StorageFailure.Refused, $"Another leanchat is serving from {System.IO.Path.GetDirectoryName(path)}. Stop it first, or choose another --data DIR.");

    internal static StorageException Unwritable(string path, Exception e) =>
        new(StorageFailure.Refused, $"{path} cannot be written: {e.Message} Give the user that runs leanchat write access to it, or choose another --data DIR.", e);

    internal static StorageException Refuse(string path, string why, Exception? e = null) => new(StorageFailure.Refused, $"{path} {why}", e);

    internal static StorageException Damaged(string path, Exception? e = null) => Refuse(path, "is damaged. It was left untouched; put a backup in its place.", e);

    public void Dispose() => _lock?.Dispose();
}
