using Dapper;
using Microsoft.Data.Sqlite;

namespace LeanChat.Bench.Peers;

/// <summary>Messages in SQLite by Dapper: one connection, used by one caller at a time, and a transaction for each message.</summary>
internal sealed class MessageStore : IDisposable
{
    private static readonly string Insert = Shell.Resource("insert.sql");

    private readonly SqliteConnection _connection;

    // Not a lock: whoever waits for a commit must not hold a thread of the pool.
    private readonly SemaphoreSlim _gate = new(1);

    public MessageStore(string file)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        _connection.Open();
        _connection.Execute(Shell.Resource("messages.sql"));
    }

    /// <summary>Stores a message and returns its number in its chat once it is committed and synced.</summary>
    public async Task<long> AddAsync(string chat, string content, string createdAt)
    {
        await _gate.WaitAsync();
        try
        {
            using var transaction = _connection.BeginTransaction();
            var seq = _connection.QuerySingle<long>(Insert, new { chat, content, createdAt }, transaction);
            transaction.Commit();
            return seq;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _gate.Dispose();
    }
}
