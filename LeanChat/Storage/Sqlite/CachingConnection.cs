using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LeanChat.Storage.Sqlite;

/// <summary>A connection that keeps the statements it has compiled: compiling one takes several times as long as running it.</summary>
internal sealed class CachingConnection(string description) : SqliteConnection(description)
{
    // Compared by reference, which is fast: the statements are literals.
    private readonly Dictionary<string, PreparedStatement> _statements = new(ReferenceEqualityComparer.Instance);

    /// <summary>The compiled statement; it is compiled at its first use.</summary>
    public PreparedStatement Prepare([ConstantExpected] string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements.Add(sql, statement = new PreparedStatement(Handle!, sql));
        return statement;
    }

    /// <summary>Begins a writing transaction; false when another process writes for longer than <paramref name="patience"/>.</summary>
    public bool TryBegin(TimeSpan patience)
    {
        WaitFor(patience);
        try
        {
            Prepare("begin immediate").Run();
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_BUSY)
        {
            return false;
        }
        finally
        {
            WaitFor(DatabaseFile.CheckpointPatience);
        }
    }

    /// <summary>Rolls the transaction back, unless SQLite has done so itself.</summary>
    public void RollBack()
    {
        if (raw.sqlite3_get_autocommit(Handle) == 0)
            Prepare("rollback").Run();
    }

    /// <summary>How long statements wait for a lock that another connection holds.</summary>
    public void WaitFor(TimeSpan patience) => _ = raw.sqlite3_busy_timeout(Handle, (int)patience.TotalMilliseconds);

    protected override void Dispose(bool disposing)
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        base.Dispose(disposing);
    }
}
