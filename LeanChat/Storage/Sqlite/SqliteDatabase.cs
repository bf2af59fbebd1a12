using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage.Sqlite;

/// <summary>One SQLite file in WAL mode: one writer that commits in groups, many readers beside it.</summary>
internal sealed class SqliteDatabase : Database
{
    private readonly ConcurrentStack<CachingConnection> _readers = [];
    private readonly DatabaseFile _file;
    private readonly Writer _writer;

    /// <summary>
    /// Opens the file of <paramref name="directory"/>, creates it if it is missing or empty, and migrates it to the newest schema. Throws
    /// <see cref="StorageException"/>, whose message says what to do.
    /// </summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="clock">Gives every transaction its time.</param>
    /// <param name="log">Gets disk errors.</param>
    /// <param name="aroundAfterCommit">Gets the after-commit actions of a whole group as one, and runs them; null: they just run.</param>
    /// <param name="alone">True: no other server may have the file. False: one may.</param>
    public SqliteDatabase(
        string directory, TimeProvider clock, ILogger<Database> log, Action<Action>? aroundAfterCommit = null, bool alone = true)
    {
        _file = DatabaseFile.Open(directory, alone);
        try
        {
            _writer = new Writer(_file, clock, log, aroundAfterCommit ?? (static actions => actions()));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override string Location => _file.Path;

    public override WriteStatistics Statistics => _writer.Statistics;

    /// <summary>Uses a new connection: one that has searched before can report damage that is not there.</summary>
    public override Task<string?> CheckAsync(string? except = null) => Task.Run(() =>
    {
        using var connection = _file.Connect(SqliteOpenMode.ReadOnly);
        using var command = connection.CreateCommand();
        foreach (var table in except is null ? ["1"] : TablesBut(connection, except))
        {
            command.CommandText = $"pragma integrity_check({table})";
            if (command.ExecuteScalar() is not "ok" and var damage)
                return damage?.ToString();
        }

        return null;
    });

    private static List<string> TablesBut(CachingConnection connection, string except)
    {
        using var rows = connection.Prepare("select name from sqlite_schema where type = 'table' and name <> @except")
            .With("@except", except).Read();
        var names = new List<string>();
        while (rows.Next())
            names.Add(rows.Text("name"));
        return names;
    }

    public override Task<long> ForeignWritesAsync() => Task.Run(_writer.ForeignWrites);

    public override T Read<T>(Func<DbConnection, T> read)
    {
        if (!_readers.TryPop(out var connection))
            connection = _file.Connect(SqliteOpenMode.ReadOnly);
        try
        {
            connection.Prepare("begin").Run();
            try
            {
                return read(connection);
            }
            finally
            {
                connection.Prepare("rollback").Run();
            }
        }
        finally
        {
            _readers.Push(connection);
        }
    }

    protected override void Add<T>(Func<Transaction, T> work, Action<T?, Exception?> done)
        where T : default =>
        _writer.Add(new PendingWrite<T>(work, done));

    /// <summary>Finishes the waiting writes, then closes the file.</summary>
    public override void Dispose()
    {
        if (!_writer.TryEnd())
            return;
        while (_readers.TryPop(out var reader))
            reader.Dispose();
        _writer.Dispose();
        _file.Dispose();
    }
}
