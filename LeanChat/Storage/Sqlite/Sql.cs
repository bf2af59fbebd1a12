using System.Globalization;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>Statements without parameters: transactions and pragmas.</summary>
internal static class Sql
{
    public static void Run(this SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    public static long Ask(this SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
