using LeanChat.Storage.Sqlite;
using LeanChat.Text;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace LeanChat.Storage;

/// <summary>Copies the database while it is being served, and restores such a copy.</summary>
internal static class Backup
{
    /// <summary>Pages copied per step: 1 MB, a few milliseconds. The copy can be stopped between two steps.</summary>
    private const int StepPages = 256;

    /// <summary>
    /// Copies the database of <paramref name="directory"/> to <paramref name="file"/>: everything that was committed before the
    /// call. The copy is checked and on disk before it gets its name. Throws <see cref="StorageException"/>, whose message says what to do.
    /// </summary>
    /// <returns>The copy's size in bytes.</returns>
    public static long Write(string directory, string file, CancellationToken stopping = default)
    {
        var (path, target) = (DatabaseFile.PathIn(directory), Path.GetFullPath(file));
        if (!File.Exists(path))
            throw DatabaseFile.Refuse(path, "does not exist: there is nothing to back up. Name the folder with --data DIR.");
        if (Directory.Exists(target))
            throw DatabaseFile.Refuse(target, "is a folder: give the name of a file in it.");
        if (target == path)
            throw DatabaseFile.Refuse(target, "is the database itself: give the name of another file.");
        var unfinished = target + ".part";
        try
        {
            if (new FileInfo(target) is { Exists: true, Length: > 0 })
                DatabaseFile.CheckHeader(target, FileAccess.Read, "give the name of a new file");
            DatabaseFile.CheckHeader(path, FileAccess.Read);
            Remove(unfinished);
            MakeEmpty(unfinished).Dispose();
            Copy(path, unfinished, stopping);
            Verify(unfinished, DatabaseFile.Damaged(path));
            Disk.Flush(unfinished);
            File.Move(unfinished, target, overwrite: true);
            Disk.FlushFolder(Path.GetDirectoryName(target)!);
            return new FileInfo(target).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw Translate(target, e);
        }
        finally
        {
            Remove(unfinished);
        }
    }

    /// <summary>
    /// Puts a backup in the place of the database of <paramref name="directory"/>, which must not be served, and keeps the old one
    /// beside it. The backup is checked completely before anything changes. Throws <see cref="StorageException"/>, whose message says
    /// what to do.
    /// </summary>
    /// <returns>Where the old database is kept; null when there was none.</returns>
    public static string? Restore(string directory, string file, DateTimeOffset now)
    {
        var (path, source) = (DatabaseFile.PathIn(directory), Path.GetFullPath(file));
        if (!File.Exists(source))
            throw DatabaseFile.Refuse(source, "does not exist: give the name of a backup.");
        if (source == path)
            throw DatabaseFile.Refuse(source, "is the database itself: give the name of a backup.");
        var replacement = path + ".restoring";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var serverLock = DatabaseFile.TryLock(path) ?? throw DatabaseFile.InUse(path);
            try
            {
                DatabaseFile.CheckHeader(source, FileAccess.Read, "use another backup");
                Remove(replacement);
                CopyFile(source, replacement);
                // A database that was copied by hand while it was served has a log that belongs to it.
                if (new FileInfo(source + "-wal") is { Exists: true, Length: > 0 })
                    CopyFile(source + "-wal", replacement + "-wal");
                DatabaseFile.CheckVersion(replacement, named: source);
                Verify(replacement, DatabaseFile.Refuse(source, "is damaged. Nothing was changed; use another backup."));
                Disk.Flush(replacement);
                return Replace(path, replacement, now);
            }
            finally
            {
                Remove(replacement);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw Translate(source, e);
        }
    }

    /// <summary>Creates an empty file that only our user can read.</summary>
    private static FileStream MakeEmpty(string file)
    {
        var stream = new FileStream(file, FileMode.CreateNew);
        DatabaseFile.MakePrivate(file);
        return stream;
    }

    private static void CopyFile(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var target = MakeEmpty(to);
        source.CopyTo(target);
    }

    /// <summary>
    /// Copies page by page inside one read transaction. Without that transaction the copy would start again at every commit, and under
    /// load never end. Writers go on meanwhile. It takes half the time and half the CPU of `vacuum into`. The log cannot be checkpointed
    /// until it ends.
    /// </summary>
    private static void Copy(string from, string to, CancellationToken stopping)
    {
        using var source = DatabaseFile.Connect(from, SqliteOpenMode.ReadOnly);
        using var target = DatabaseFile.Connect(to, SqliteOpenMode.ReadWrite);
        // An unfinished copy is deleted, so it needs no journal, and one fsync at the end.
        target.Run("pragma journal_mode = off");
        target.Run("pragma synchronous = off");
        source.Run("begin");
        source.Ask("select count(*) from sqlite_schema");
        using var copy = sqlite3_backup_init(target.Handle, "main", source.Handle, "main");
        int code;
        do
        {
            stopping.ThrowIfCancellationRequested();
            code = sqlite3_backup_step(copy, StepPages);
        }
        while (code == SQLITE_OK);
        SqliteException.ThrowExceptionForRC(code == SQLITE_DONE ? SQLITE_OK : code, target.Handle);
        source.Run("rollback");
    }

    /// <summary>Checks all pages and indexes of a copy. Throws <paramref name="damaged"/> if one is damaged.</summary>
    private static void Verify(string copy, StorageException damaged)
    {
        using var connection = DatabaseFile.Connect(copy, SqliteOpenMode.ReadWrite);
        connection.Run("pragma journal_mode = wal");
        using var check = connection.CreateCommand();
        check.CommandText = "pragma integrity_check(1)";
        if (check.ExecuteScalar() is not "ok")
            throw damaged;
        connection.Ask("pragma wal_checkpoint(truncate)");
    }

    /// <summary>Renames the old file and puts the new one in its place, in one step. Returns the old file's new name.</summary>
    private static string? Replace(string path, string replacement, DateTimeOffset now)
    {
        if (!File.Exists(path))
        {
            Remove(path);
            File.Move(replacement, path);
            Disk.FlushFolder(Path.GetDirectoryName(path)!);
            return null;
        }

        var kept = Path.Combine(Path.GetDirectoryName(path)!, $"leanchat-before-restore-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.db");
        TryCheckpoint(path);
        // A log that is still there moves with its file: SQLite would apply it to the new one.
        if (File.Exists(path + "-wal"))
            File.Move(path + "-wal", kept + "-wal", overwrite: true);
        File.Delete(path + "-shm");
        File.Replace(replacement, path, kept);
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
        return kept;
    }

    private static void TryCheckpoint(string path)
    {
        try
        {
            DatabaseFile.CheckHeader(path, FileAccess.Read);
            using var old = DatabaseFile.Connect(path, SqliteOpenMode.ReadWrite);
            old.Ask("pragma wal_checkpoint(truncate)");
        }
        catch (Exception e) when (e is StorageException or SqliteException)
        {
            // Damaged, or not ours, which may be why it is being replaced. It is kept as it is, under its new name.
        }
    }

    private static StorageException Translate(string file, Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: SQLITE_FULL } =>
            new StorageException(StorageFailure.Full, $"The disk is full: {file} needs more room.", e),
        SqliteException { SqliteErrorCode: SQLITE_CORRUPT or SQLITE_NOTADB } => DatabaseFile.Damaged(file, e),
        _ => new StorageException(StorageFailure.Refused, $"{file}: {e.Message}", e),
    };

    private static void Remove(string file)
    {
        foreach (var name in (ReadOnlySpan<string>)[file, file + "-wal", file + "-shm"])
            File.Delete(name);
    }
}
