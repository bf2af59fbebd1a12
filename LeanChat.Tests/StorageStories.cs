using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeanChat.Tests;

/// <summary>What every story of the database needs: a folder of its own, and a way to look into the file.</summary>
public abstract class StorageStories : IDisposable
{
    /// <summary>Only for what never comes.</summary>
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("leanchat-").FullName;

    private protected string File => Path.Combine(Folder, "leanchat.db");

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected SqliteDatabase Open(string? directory = null) =>
        new(directory ?? Folder, TimeProvider.System, NullLogger<Database>.Instance);

    private protected SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }

    private protected void Run(string statements)
    {
        using var connection = Connect();
        connection.Run(statements);
    }

    /// <summary>A row in the simplest table there is.</summary>
    private protected static bool Insert(Transaction tx, string text)
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = "insert into canned_replies (id, shortcut, content, created_at) values (@id, @text, 'x', @at)";
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("@id", Guid.NewGuid().ToString()), ("@text", text), ("@at", tx.At)])
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command.ExecuteNonQuery() == 1;
    }

    private protected static Task<string[]> RowsAsync(Database database) => database.ReadAsync(connection =>
        ((string)Scalar(connection, "select coalesce(group_concat(shortcut, '|' order by shortcut), '') from canned_replies")!)
            .Split('|', StringSplitOptions.RemoveEmptyEntries));

    private protected static object? Scalar(System.Data.Common.DbConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }
}
