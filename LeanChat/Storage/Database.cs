using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage;

/// <summary>
/// One SQLite file: many readers, one writer. A write's task completes only when it is on disk, after what it asked to happen
/// <see cref="Transaction.AfterCommit"/>.
/// </summary>
internal sealed class Database : IDisposable
{
    private readonly ConcurrentStack<CachingConnection> _readers = [];
    private readonly DatabaseFile _file;
    private readonly Writer _writer;

    /// <summary>
    /// Opens the file, makes it if it is missing or empty; <paramref name="alone"/> or beside the server that has it. Throws <see cref="StorageException"/> with what to do about it.
    /// </summary>
    public Database(string directory, TimeProvider clock, ILogger<Database> log, bool alone = true)
    {
        _file = DatabaseFile.Open(directory, alone);
        try
        {
            _writer = new Writer(_file, clock, log);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Where the database lies.</summary>
    public string Path => _file.Path;

    /// <summary>How writing goes.</summary>
    public Writer Writer => _writer;

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction and completes when it is on disk. What it throws undoes it alone. When
    /// another of its group throws, or the disk was full for a moment, it runs a second time, on what was there before.
    /// Throws <see cref="StorageException"/> when the disk is full or too many writes wait.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<Transaction, T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _writer.Add(new PendingWrite<T>(work, (result, e) => _ = e is null ? done.TrySetResult(result!) : done.TrySetException(e), isQuick: false), ring: true);
        return done.Task;
    }

    /// <summary>
    /// The same for work on a few rows, and for whoever would rather be told: <paramref name="done"/> gets the result or what went
    /// wrong, on the thread that commits, where it must not wait.
    /// </summary>
    public void Write<T>(Func<Transaction, T> work, Action<T?, Exception?> done) => _writer.Add(new PendingWrite<T>(work, done, isQuick: true), ring: !_writer.Gathers);

    /// <summary>Runs <paramref name="read"/> on a consistent snapshot, beside the writer, on the thread pool: SQLite has no asynchronous reads.</summary>
    public Task<T> ReadAsync<T>(Func<DbConnection, T> read) => Task.Run(() => Read(read));

    /// <summary>What is wrong with the file, in SQLite's words; null when nothing is. Reads all of it, on a connection of its own.</summary>
    public Task<string?> CheckAsync() => Task.Run(() =>
    {
        using var connection = _file.Connect(SqliteOpenMode.ReadOnly);
        using var command = connection.CreateCommand();
        command.CommandText = "pragma integrity_check(1)";
        return command.ExecuteScalar() is "ok" ? null : command.ExecuteScalar()?.ToString();
    });

    /// <summary>A number that changes when another process has written to the file. Asking writes nothing.</summary>
    public Task<long> ForeignWritesAsync() => Task.Run(() => _writer.Ask("pragma data_version"));

    /// <summary>The same on the spot: for a row or two by their key, which take less than changing threads.</summary>
    public T Read<T>(Func<DbConnection, T> read)
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

    /// <summary>Finishes the writes that wait, then closes the file, which folds the log back into it.</summary>
    public void Dispose()
    {
        if (!_writer.TryEnd())
            return;
        while (_readers.TryPop(out var reader))
            reader.Dispose();
        _writer.Dispose();
        _file.Dispose();
    }
}
