using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace LeanChat.Storage.Sqlite;

/// <summary>Compiled statements for the layers above, for the queries of every message and every socket.</summary>
internal static class PreparedStatements
{
    /// <summary>The statement, compiled once for this connection. The text must be a constant: it is looked up by reference.</summary>
    public static PreparedStatement Prepared(this DbConnection connection, [ConstantExpected] string sql) =>
        ((CachingConnection)connection).Prepare(sql);
}
