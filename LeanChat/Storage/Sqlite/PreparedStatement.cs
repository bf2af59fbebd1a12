using System.Buffers;
using System.Text;
using LeanChat.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LeanChat.Storage.Sqlite;

/// <summary>A compiled statement. Parameters and columns go by name. One caller uses it at a time, like its connection.</summary>
internal sealed unsafe class PreparedStatement : IDisposable
{
    private const int StackBytes = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;

    /// <summary>The pointers that the two handles above hold.</summary>
    private readonly nint _connection;
    private readonly nint _statement;

    private readonly string[] _parameters;
    private readonly string[] _columns;
    private int _nextParameter;
    private int _nextColumn;

    internal PreparedStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle), database);
        (_connection, _statement) = (database.DangerousGetHandle(), _handle.DangerousGetHandle());
        _parameters = [.. Enumerable.Range(1, raw.sqlite3_bind_parameter_count(_handle))
            .Select(index => string.Intern(raw.sqlite3_bind_parameter_name(_handle, index).utf8_to_string()))];
        _columns = [.. Enumerable.Range(0, raw.sqlite3_column_count(_handle))
            .Select(index => string.Intern(raw.sqlite3_column_name(_handle, index).utf8_to_string()))];
    }

    /// <summary>Sets a parameter, named as in the statement: `@id`.</summary>
    public PreparedStatement With(string name, long value) => Check(SqliteFunctions.Bind(_statement, Parameter(name), value));

    /// <summary>Sets a parameter to a text, or to null.</summary>
    public PreparedStatement With(string name, string? text)
    {
        var parameter = Parameter(name);
        if (text is null)
            return Check(SqliteFunctions.BindNull(_statement, parameter));
        var maxBytes = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = maxBytes > StackBytes ? ArrayPool<byte>.Shared.Rent(maxBytes) : null;
        var bytes = rented ?? stackalloc byte[StackBytes];
        fixed (byte* utf8 = bytes)
            Check(SqliteFunctions.Bind(_statement, parameter, utf8, Encoding.UTF8.GetBytes(text, bytes), SqliteFunctions.CopyText));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Sets a parameter to bytes.</summary>
    public PreparedStatement With(string name, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
            return Check(SqliteFunctions.BindBytes(_statement, Parameter(name), first, bytes.Length, SqliteFunctions.CopyText));
    }

    /// <summary>Runs it. Returns how many rows it changed.</summary>
    public int Run()
    {
        while (Next())
        {
        }

        return SqliteFunctions.Changes(_connection);
    }

    /// <summary>Runs it and reads its rows. Disposing them, or reading them to the end, resets the statement.</summary>
    public Rows Read() => new(this);

    /// <summary>Makes it ready for its next use.</summary>
    private void Reset()
    {
        _nextParameter = 0;
        // Reset returns the error of the last step again, which was thrown already.
        _ = SqliteFunctions.Reset(_statement);
    }

    public void Dispose() => _handle.Dispose();

    private bool Next()
    {
        _nextColumn = 0;
        var code = SqliteFunctions.Step(_statement);
        if (code == raw.SQLITE_ROW)
            return true;
        Reset();
        if (code != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(code, _database);
        return false;
    }

    /// <summary>The parameter's number, from 1. Most callers set them in the statement's order, so the next one is tried first.</summary>
    private int Parameter(string name)
    {
        var index = Find(_parameters, name, _nextParameter);
        if (index < 0)
        {
            Reset();
            throw new ArgumentException($"The statement has no parameter {name}.", nameof(name));
        }

        _nextParameter = index + 1;
        return _nextParameter;
    }

    private int Column(string name)
    {
        var index = Find(_columns, name, _nextColumn);
        if (index < 0)
            throw new ArgumentException($"The statement has no column {name}.", nameof(name));
        _nextColumn = index + 1;
        return index;
    }

    private static int Find(string[] names, string name, int likely) =>
        (uint)likely < (uint)names.Length && (ReferenceEquals(names[likely], name) || names[likely] == name)
            ? likely
            : Array.IndexOf(names, name);

    private PreparedStatement Check(int code)
    {
        if (code == raw.SQLITE_OK)
            return this;
        Reset();
        SqliteException.ThrowExceptionForRC(code, _database);
        return this;
    }

    /// <summary>The rows of a result, one at a time.</summary>
    internal readonly struct Rows(PreparedStatement statement) : IDisposable
    {
        /// <summary>Goes to the next row; false when there is none.</summary>
        public bool Next() => statement.Next();

        /// <summary>A column of this row: a whole number; null counts as 0.</summary>
        public long Number(string column) => SqliteFunctions.Number(statement._statement, statement.Column(column));

        /// <summary>A column of this row: a text.</summary>
        public string Text(string column) => Text(statement.Column(column));

        /// <summary>A column of this row: a text or null.</summary>
        public string? TextOrNull(string column)
        {
            var index = statement.Column(column);
            return SqliteFunctions.Type(statement._statement, index) == raw.SQLITE_NULL ? null : Text(index);
        }

        /// <summary>A column of this row: bytes, valid until the next row.</summary>
        public ReadOnlySpan<byte> Bytes(string column)
        {
            var index = statement.Column(column);
            var first = SqliteFunctions.LongBytes(statement._statement, index);
            return new ReadOnlySpan<byte>(first, SqliteFunctions.Length(statement._statement, index));
        }

        public void Dispose() => statement.Reset();

        private string Text(int column)
        {
            var utf8 = SqliteFunctions.Bytes(statement._statement, column);
            return Encoding.UTF8.GetString(new ReadOnlySpan<byte>(utf8, SqliteFunctions.Length(statement._statement, column)));
        }
    }
}
