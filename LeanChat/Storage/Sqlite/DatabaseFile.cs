using System.Buffers.Binary;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>The database file: opened only if it is ours, created completely or not at all, used by one server at a time.</summary>
internal sealed class DatabaseFile : IDisposable
{
    /// <summary>`LeaC`, in the header's application_id: a file without it is not ours.</summary>
    private const uint ApplicationId = 0x4C656143;

    /// <summary>Files up to this size, in bytes, are checked for damage at the start. Larger ones would delay it.</summary>
    private const long CheckedSize = 64 << 20;

    /// <summary>How long a checkpoint waits for readers. A write sets its own time when it begins.</summary>
    public static readonly TimeSpan CheckpointPatience = TimeSpan.FromMilliseconds(250);

    private readonly FileStream? _lock;

    static DatabaseFile()
    {
        SQLitePCL.Batteries_V2.Init();
        // Saves two locks at every step: each connection is used by one thread at a time, and memory statistics are not used.
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private DatabaseFile(string path, FileStream? @lock) => (Path, _lock) = (path, @lock);

    public string Path { get; }

    /// <summary>False: a server has the file, and we work beside it.</summary>
    public bool Alone => _lock is not null;

    /// <summary>The path of a folder's database.</summary>
    public static string PathIn(string directory) => System.IO.Path.GetFullPath(System.IO.Path.Combine(directory, "leanchat.db"));

    /// <summary>Opens or creates the file. <paramref name="alone"/>: throws when a server has it; else works beside that server.</summary>
    public static DatabaseFile Open(string directory, bool alone)
    {
        var path = PathIn(directory);
        FileStream? @lock = null;
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            @lock = TryLock(path);
            if (@lock is null && alone)
                throw InUse(path);
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
        // FULL: a commit is on disk before it is acknowledged. NORMAL could lose acknowledged messages in a power cut.
        connection.Run("pragma synchronous = full");
        connection.Run("pragma wal_autocheckpoint = 0");
        connection.Run($"pragma busy_timeout = {CheckpointPatience.TotalMilliseconds}");
        connection.Run("pragma temp_store = memory");
        connection.Run("pragma cache_size = -16000");
        return connection;
    }

    /// <summary>Creates it under another name and renames it, so that a crash leaves either no database or a complete one.</summary>
    private static void Create(string path)
    {
        var unfinished = path + ".new";
        File.Delete(unfinished);
        using (var connection = Connect(unfinished, SqliteOpenMode.ReadWriteCreate))
        {
            connection.Run("pragma auto_vacuum = incremental");
            connection.Run("begin");
            connection.Run(Migrations.Schema);
            connection.Run($"pragma application_id = {ApplicationId}");
            connection.Run($"pragma user_version = {Migrations.Newest}");
            connection.Run("commit");
            connection.Run("pragma journal_mode = wal");
        }

        MakePrivate(unfinished);
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Reads the header's bytes first: SQLite must not even open a file that is not ours.</summary>
    private static void Check(string path)
    {
        CheckHeader(path, FileAccess.ReadWrite);
        CheckVersion(path);
        CheckIntegrity(path);
    }

    /// <summary>Throws if the file does not begin like a database of ours, or cannot be opened.</summary>
    internal static void CheckHeader(string path, FileAccess access, string advice = "choose another --data DIR, or move it away")
    {
        Span<byte> header = stackalloc byte[100];
        using (var file = new FileStream(path, FileMode.Open, access, FileShare.ReadWrite))
        {
            var read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            if (read < header.Length || !header.StartsWith("SQLite format 3\0"u8)
                || BinaryPrimitives.ReadUInt32BigEndian(header[68..]) != ApplicationId)
                throw Refuse(path, $"is not a LeanChat database. It was left untouched; {advice}.");

            int pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
            if (pageSize == 1)
                pageSize = 65_536;
            var expected = (long)BinaryPrimitives.ReadUInt32BigEndian(header[28..]) * pageSize;
            var wal = new FileInfo(path + "-wal");
            if (file.Length < expected && !(wal.Exists && wal.Length > 0))
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
            {
                throw Refuse(
                    named,
                    $"was written by a newer LeanChat (schema {version}; this one knows {Migrations.Newest}). "
                    + "It was left untouched; run the newer version.");
            }
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

    /// <summary>Lets only our user read the file. SQLite gives the log the same mode.</summary>
    internal static void MakePrivate(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Takes the lock that a server holds; null when another process has it.</summary>
    internal static FileStream? TryLock(string database)
    {
        var path = System.IO.Path.ChangeExtension(database, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process has it. The caller decides whether that matters.
            return null;
        }
    }

    internal static StorageException InUse(string path) =>
        new(
            StorageFailure.Refused,
            $"Another leanchat is serving from {System.IO.Path.GetDirectoryName(path)}. Stop it first, or choose another --data DIR.");

    internal static StorageException Unwritable(string path, Exception e) =>
        new(
            StorageFailure.Refused,
            $"{path} cannot be written: {e.Message} Give the user that runs leanchat write access to it, or choose another --data DIR.",
            e);

    internal static StorageException Refuse(string path, string why, Exception? e = null) =>
        new(StorageFailure.Refused, $"{path} {why}", e);

    internal static StorageException Damaged(string path, Exception? e = null) =>
        Refuse(path, "is damaged. It was left untouched; put a backup in its place.", e);

    public void Dispose() => _lock?.Dispose();
}
