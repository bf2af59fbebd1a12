using Dapper;
using Microsoft.Data.Sqlite;

namespace LeanChat.Bench.Peers;

/// <summary>What a server has in its database, read while it still runs.</summary>
/// <param name="Count">Messages.</param>
/// <param name="BrokenChats">Chats whose messages are not numbered 1, 2, 3 … in the order in which they were sent.</param>
internal sealed record StoredMessages(long Count, long BrokenChats)
{
    /// <summary>Reads a table with the columns chat, seq and content.</summary>
    public static StoredMessages Read(string file, string table)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
        // The content begins with # and the eight digits of the number under which the load program sent it.
        return connection.QuerySingle<StoredMessages>(
            $"""
            select coalesce(sum(messages), 0) as Count, count(*) filter (where not is_whole) as BrokenChats
            from (
              select count(*) as messages,
                min(seq) = 1 and max(seq) = count(*) and count(distinct seq) = count(*)
                  and sum(seq <> cast(substr(content, 2, 8) as integer)) = 0 as is_whole
              from {table} group by chat)
            """);
    }
}
