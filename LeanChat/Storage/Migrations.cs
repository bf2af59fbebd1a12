using Microsoft.Data.Sqlite;

namespace LeanChat.Storage;

/// <summary>From any older schema to `schema.sql`, step by step, all or nothing.</summary>
internal static class Migrations
{
    /// <summary>One statement list per version: the step at index n leads from version n + 1 to n + 2.</summary>
    internal static readonly string[] Steps = [];

    /// <summary>The version that `schema.sql` describes; kept in the file as user_version.</summary>
    public static int Newest => Steps.Length + 1;

    /// <summary>The schema of a new database.</summary>
    public static string Schema { get; } = ReadSchema();

    /// <summary>Brings an open database up to <see cref="Newest"/> in one transaction.</summary>
    public static void Run(SqliteConnection connection) => Run(connection, Steps);

    internal static void Run(SqliteConnection connection, string[] steps)
    {
        var version = connection.Ask("pragma user_version");
        if (version == steps.Length + 1)
            return;
        connection.Run("begin immediate");
        foreach (var step in steps.Skip((int)version - 1))
            connection.Run(step);
        connection.Run($"pragma user_version = {steps.Length + 1}");
        connection.Run("commit");
        connection.Run("pragma wal_checkpoint(truncate)");
    }

    private static string ReadSchema()
    {
        using var stream = typeof(Migrations).Assembly.GetManifestResourceStream("schema.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
