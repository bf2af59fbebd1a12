using System.Buffers;
using System.Text;
using LeanChat.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LeanChat.Storage;

/// <summary>A compiled statement. Parameters are given and columns are taken in their order; used by one caller at a time, like its connection.</summary>
internal sealed unsafe class PreparedStatement : IDisposable
{
    private const int OnStack = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;

    /// <summary>What the two hold.</summary>
    private readonly nint _connection;
    private readonly nint _statement;
    private int _given;
    private int _taken;

    internal PreparedStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle), database);
        (_connection, _statement) = (database.DangerousGetHandle(), _handle.DangerousGetHandle());
    }

    public PreparedStatement With(long value) => Check(SqliteFunctions.Bind(_statement, ++_given, value));

    public PreparedStatement With(string? text)
    {
        if (text is null)
            return Check(SqliteFunctions.BindNull(_statement, ++_given));
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[OnStack];
        fixed (byte* utf8 = bytes)
            Check(SqliteFunctions.Bind(_statement, ++_given, utf8, Encoding.UTF8.GetBytes(text, bytes), SqliteFunctions.Copied));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Goes to the next row; false when there is none, and then the statement is ready for its next use.</summary>
    public bool Next()
    {
        _taken = 0;
        var code = SqliteFunctions.Step(_statement);
        if (code == raw.SQLITE_ROW)
            return true;
        Dispose();
        if (code != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(code, _database);
        return false;
    }

    /// <summary>Runs it for its effect; tells how many rows that changed, if that is what it does.</summary>
    public int Run()
    {
        while (Next())
        {
        }

        return SqliteFunctions.Changes(_connection);
    }

    /// <summary>The next column, a number.</summary>
    public long Number() => SqliteFunctions.Number(_statement, _taken++);

    /// <summary>The next column, a text.</summary>
    public string Text()
    {
        var utf8 = SqliteFunctions.Bytes(_statement, _taken);
        return Encoding.UTF8.GetString(new ReadOnlySpan<byte>(utf8, SqliteFunctions.Length(_statement, _taken++)));
    }

    /// <summary>The next column, a text or null.</summary>
    public string? MaybeText()
    {
        if (SqliteFunctions.Type(_statement, _taken) != raw.SQLITE_NULL)
            return Text();
        _taken++;
        return null;
    }

    /// <summary>Lets go of the row it stands on and makes it ready for its next use.</summary>
    public void Dispose()
    {
        _given = 0;
        // What went wrong was said by the step.
        _ = SqliteFunctions.Reset(_statement);
    }

    internal void Close() => _handle.Dispose();

    private PreparedStatement Check(int code)
    {
        if (code == raw.SQLITE_OK)
            return this;
        Dispose();
        SqliteException.ThrowExceptionForRC(code, _database);
        return this;
    }
}
