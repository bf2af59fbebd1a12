using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LeanChat.Storage;

/// <summary>A compiled statement. Parameters are given and columns are taken in their order; used by one caller at a time, like its connection.</summary>
internal sealed unsafe class Statement : IDisposable
{
    private const int OnStack = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;

    /// <summary>What the two hold.</summary>
    private readonly nint _connection;
    private readonly nint _statement;
    private int _given;
    private int _taken;

    internal Statement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle), database);
        (_connection, _statement) = (database.DangerousGetHandle(), _handle.DangerousGetHandle());
    }

    public Statement With(long value) => Check(Native.Bind(_statement, ++_given, value));

    public Statement With(string? text)
    {
        if (text is null)
            return Check(Native.BindNull(_statement, ++_given));
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[OnStack];
        fixed (byte* utf8 = bytes)
            Check(Native.Bind(_statement, ++_given, utf8, Encoding.UTF8.GetBytes(text, bytes), Native.Copied));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Goes to the next row; false when there is none, and then the statement is ready for its next use.</summary>
    public bool Next()
    {
        _taken = 0;
        var code = Native.Step(_statement);
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

        return Native.Changes(_connection);
    }

    /// <summary>The next column, a number.</summary>
    public long Number() => Native.Number(_statement, _taken++);

    /// <summary>The next column, a text.</summary>
    public string Text()
    {
        var utf8 = Native.Bytes(_statement, _taken);
        return Encoding.UTF8.GetString(new ReadOnlySpan<byte>(utf8, Native.Length(_statement, _taken++)));
    }

    /// <summary>The next column, a text or null.</summary>
    public string? MaybeText()
    {
        if (Native.Type(_statement, _taken) != raw.SQLITE_NULL)
            return Text();
        _taken++;
        return null;
    }

    /// <summary>Lets go of the row it stands on and makes it ready for its next use.</summary>
    public void Dispose()
    {
        _given = 0;
        // What went wrong was said by the step.
        _ = Native.Reset(_statement);
    }

    internal void Close() => _handle.Dispose();

    private Statement Check(int code)
    {
        if (code == raw.SQLITE_OK)
            return this;
        Dispose();
        SqliteException.ThrowExceptionForRC(code, _database);
        return this;
    }
}
