using LeanChat.Text;
using LeanChat.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace LeanChat.Storage;

/// <summary>A whole copy of the database while it is being served, and its way back.</summary>
internal static class Backup
{
    /// <summary>Copied at a time: 1 MB, a few milliseconds; between two of these it can be stopped.</summary>
    private const int StepPages = 256;

    /// <summary>
    /// Copies the database of <paramref name="directory"/> to <paramref name="file"/>: everything that was committed before the
    /// call, checked, on the disk, and only then under its name. Throws <see cref="StorageException"/> with what to do about it.
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
            Prove(unfinished, DatabaseFile.Damaged(path));
            Disk.Flush(unfinished);
            File.Move(unfinished, target, overwrite: true);
            Disk.FlushFolder(Path.GetDirectoryName(target)!);
            return new FileInfo(target).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw Told(target, e);
        }
        finally
        {
            Remove(unfinished);
        }
    }

    /// <summary>
    /// Puts a backup in the place of the database of <paramref name="directory"/>, which must not be served, and keeps the old one
    /// beside it. The backup is checked whole before anything is touched. Throws <see cref="StorageException"/> with what to do about it.
    /// </summary>
    /// <returns>Where the old database is kept; null when there was none.</returns>
    public static string? Restore(string directory, string file, DateTimeOffset now)
    {
        var (path, source) = (DatabaseFile.PathIn(directory), Path.GetFullPath(file));
        if (!File.Exists(source))
            throw DatabaseFile.Refuse(source, "does not exist: give the name of a backup.");
        if (source == path)
            throw DatabaseFile.Refuse(source, "is the database itself: give the name of a backup.");
        var unborn = path + ".restoring";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var alone = DatabaseFile.TryLock(path) ?? throw DatabaseFile.Served(path);
            try
            {
                DatabaseFile.CheckHeader(source, FileAccess.Read, "use another backup");
                Remove(unborn);
                Duplicate(source, unborn);
                // Copied by hand from under a server, a database has a log beside it that belongs to it.
                if (new FileInfo(source + "-wal") is { Exists: true, Length: > 0 })
                    Duplicate(source + "-wal", unborn + "-wal");
                DatabaseFile.CheckVersion(unborn, named: source);
                Prove(unborn, DatabaseFile.Refuse(source, "is damaged. Nothing was changed; use another backup."));
                Disk.Flush(unborn);
                return Replace(path, unborn, now);
            }
            finally
            {
                Remove(unborn);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw Told(source, e);
        }
    }

    /// <summary>Owner-only from the first byte on.</summary>
    private static FileStream MakeEmpty(string file)
    {
        var made = new FileStream(file, FileMode.CreateNew);
        DatabaseFile.Seclude(file);
        return made;
    }

    private static void Duplicate(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var target = MakeEmpty(to);
        source.CopyTo(target);
    }

    /// <summary>
    /// Page by page inside one read transaction. Without it the copy begins anew at every commit and under load never ends; with it
    /// writers go on, and it takes half the time and half the CPU of `vacuum into`. The log cannot be folded back meanwhile, so sooner is better.
    /// </summary>
    private static void Copy(string from, string to, CancellationToken stopping)
    {
        using var source = DatabaseFile.Connect(from, SqliteOpenMode.ReadOnly);
        using var target = DatabaseFile.Connect(to, SqliteOpenMode.ReadWrite);
        // A copy that is not finished is thrown away: it needs no journal, and one fsync at the end.
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

    /// <summary>Reads a copy through, page by page and index by index, or throws <paramref name="damaged"/>: what is not whole is no backup.</summary>
    private static void Prove(string copy, StorageException damaged)
    {
        using var connection = DatabaseFile.Connect(copy, SqliteOpenMode.ReadWrite);
        connection.Run("pragma journal_mode = wal");
        using var check = connection.CreateCommand();
        check.CommandText = "pragma integrity_check(1)";
        if (check.ExecuteScalar() is not "ok")
            throw damaged;
        connection.Ask("pragma wal_checkpoint(truncate)");
    }

    /// <summary>The old file keeps all it had and gets another name; the new one takes its place in one step.</summary>
    private static string? Replace(string path, string unborn, DateTimeOffset now)
    {
        if (!File.Exists(path))
        {
            Remove(path);
            File.Move(unborn, path);
            Disk.FlushFolder(Path.GetDirectoryName(path)!);
            return null;
        }

        var aside = Path.Combine(Path.GetDirectoryName(path)!, $"leanchat-before-restore-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.db");
        FoldLog(path);
        // A log that could not be folded goes with its file: beside the new one it would be taken for the new one's.
        if (File.Exists(path + "-wal"))
            File.Move(path + "-wal", aside + "-wal", overwrite: true);
        File.Delete(path + "-shm");
        File.Replace(unborn, path, aside);
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
        return aside;
    }

    private static void FoldLog(string path)
    {
        try
        {
            DatabaseFile.CheckHeader(path, FileAccess.Read);
            using var old = DatabaseFile.Connect(path, SqliteOpenMode.ReadWrite);
            old.Ask("pragma wal_checkpoint(truncate)");
        }
        catch (Exception e) when (e is StorageException or SqliteException)
        {
            // Damaged, or not ours: that may be why it is being replaced. It stays as it is, under its new name.
        }
    }

    private static StorageException Told(string file, Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: SQLITE_FULL } => new StorageException(StorageFailure.Full, $"The disk is full: {file} needs more room.", e),
        SqliteException { SqliteErrorCode: SQLITE_CORRUPT or SQLITE_NOTADB } => DatabaseFile.Damaged(file, e),
        _ => new StorageException(StorageFailure.Refused, $"{file}: {e.Message}", e),
    };

    private static void Remove(string file)
    {
        foreach (var name in (ReadOnlySpan<string>)[file, file + "-wal", file + "-shm"])
            File.Delete(name);
    }
}
