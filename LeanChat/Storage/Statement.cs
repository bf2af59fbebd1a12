using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LeanChat.Storage;

/// <summary>A compiled statement. Parameters are given and columns are taken in their order; used by one caller at a time, like its connection.</summary>
internal sealed class Statement : IDisposable
{
    private const int OnStack = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;
    private int _given;
    private int _taken;

    internal Statement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle), database);
    }

    public Statement With(long value) => Check(raw.sqlite3_bind_int64(_handle, ++_given, value));

    public Statement With(string? text)
    {
        if (text is null)
            return Check(raw.sqlite3_bind_null(_handle, ++_given));
        if (text.Length == 0)
            return Check(raw.sqlite3_bind_text(_handle, ++_given, ""));
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[OnStack];
        Check(raw.sqlite3_bind_text(_handle, ++_given, bytes[..Encoding.UTF8.GetBytes(text, bytes)]));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Goes to the next row; false when there is none, and then the statement is ready for its next use.</summary>
    public bool Next()
    {
        _taken = 0;
        var code = raw.sqlite3_step(_handle);
        if (code == raw.SQLITE_ROW)
            return true;
        Dispose();
        if (code != raw.SQLITE_DONE)
            SqliteException.ThrowExceptionForRC(code, _database);
        return false;
    }

    /// <summary>Runs it for its effect.</summary>
    public void Run()
    {
        while (Next())
        {
        }
    }

    /// <summary>The next column, a number.</summary>
    public long Number() => raw.sqlite3_column_int64(_handle, _taken++);

    /// <summary>The next column, a text.</summary>
    public string Text() => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_handle, _taken++));

    /// <summary>The next column, a text or null.</summary>
    public string? MaybeText()
    {
        if (raw.sqlite3_column_type(_handle, _taken) != raw.SQLITE_NULL)
            return Text();
        _taken++;
        return null;
    }

    /// <summary>Lets go of the row it stands on and makes it ready for its next use.</summary>
    public void Dispose()
    {
        _given = 0;
        // What went wrong was said by the step.
        _ = raw.sqlite3_reset(_handle);
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
