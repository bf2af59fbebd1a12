using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace LeanChat.Storage;

/// <summary>A connection that remembers the statements it has compiled: compiling one takes several times as long as running it.</summary>
internal sealed class CachingConnection(string description) : SqliteConnection(description)
{
    // By reference: the statements are literals beside their use.
    private readonly Dictionary<string, PreparedStatement> _statements = new(ReferenceEqualityComparer.Instance);

    public PreparedStatement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements.Add(sql, statement = new PreparedStatement(Handle!, sql));
        return statement;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var statement in _statements.Values)
            statement.Close();
        _statements.Clear();
        base.Dispose(disposing);
    }
}

/// <summary>How the rooms above come by compiled statements, for what happens with every message, every socket.</summary>
internal static class PreparedStatements
{
    /// <summary>The statement, compiled once for this connection. Its parameters are given by <see cref="PreparedStatement.With(string?)"/> in the order of their first mention.</summary>
    public static PreparedStatement Prepared(this DbConnection connection, string sql) => ((CachingConnection)connection).Prepare(sql);
}
