using Dapper;
using LeanChat.Storage;

namespace LeanChat.Operations;

/// <summary>The table with the one row that the health check writes.</summary>
internal static class HeartbeatStore
{
    /// <summary>Writes the time; returns how many rows were written.</summary>
    public static int Beat(Transaction tx) => tx.Connection.Execute(
        "insert into heartbeat (id, at) values (1, @at) on conflict (id) do update set at = excluded.at", new { at = tx.At });
}
