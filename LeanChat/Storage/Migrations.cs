using LeanChat.Storage.Sqlite;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage;

/// <summary>Migrates any older schema to `schema.sql`, step by step, in one transaction.</summary>
internal static class Migrations
{
    /// <summary>One statement list per version: the step at index n leads from version n + 1 to n + 2.</summary>
    internal static readonly string[] Steps =
        [Read("steps/2.sql"), Read("steps/3.sql"), Read("steps/4.sql"), Read("steps/5.sql"), Read("steps/6.sql"),
            Read("steps/7.sql"), Read("steps/8.sql"), Read("steps/9.sql"), Read("steps/10.sql")];

    /// <summary>The version that `schema.sql` describes; kept in the file as user_version.</summary>
    public static int Newest => Steps.Length + 1;

    /// <summary>The schema of a new database.</summary>
    public static string Schema { get; } = Read("schema.sql");

    /// <summary>
    /// Migrates a database to <see cref="Newest"/>, after a backup. Throws when a server of an older version has it.
    /// </summary>
    public static void Run(DatabaseFile file, SqliteConnection connection) => Run(file, connection, Steps);

    internal static void Run(DatabaseFile file, SqliteConnection connection, string[] steps)
    {
        var version = connection.Ask("pragma user_version");
        if (version == steps.Length + 1)
            return;
        if (!file.Alone)
            throw DatabaseFile.Refuse(file.Path, "is being served by an older LeanChat. Restart that server with this version first.");
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(file.Path)!, "backups"));
        Backup.Write(Path.GetDirectoryName(file.Path)!, Path.Combine(folder.FullName, $"leanchat-schema-{version}.db"));
        Run(connection, steps);
    }

    internal static void Run(SqliteConnection connection) => Run(connection, Steps);

    internal static void Run(SqliteConnection connection, string[] steps)
    {
        var version = connection.Ask("pragma user_version");
        if (version == steps.Length + 1)
            return;
        // A step may replace a table that others refer to. SQLite ignores this pragma inside a transaction.
        connection.Run("pragma foreign_keys = off");
        connection.Run("begin immediate");
        foreach (var step in steps.Skip((int)version - 1))
            connection.Run(step);
        connection.Run($"pragma user_version = {steps.Length + 1}");
        if (connection.Ask("select count(*) from pragma_foreign_key_check") != 0)
        {
            throw new StorageException(
                StorageFailure.Refused,
                "The database refers to rows that are missing. It was left unchanged; put a backup in its place.");
        }

        connection.Run("commit");
        connection.Run("pragma foreign_keys = on");
        connection.Run("pragma wal_checkpoint(truncate)");
    }

    private static string Read(string name)
    {
        using var stream = typeof(Migrations).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
