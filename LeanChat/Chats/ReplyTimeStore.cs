using System.Data.Common;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>How long visitors waited for answers, from the table of messages.</summary>
internal static class ReplyTimeStore
{
    /// <summary>
    /// The waits that ended after a time: each from a user's first message that nobody had answered to the admin's message that answered
    /// it. Tokens of the API answer nothing. By the indexes of the lists it finds the chats in which something was said since.
    /// </summary>
    public static List<TimeSpan> Since(DbConnection connection, DateTimeOffset since)
    {
        using var rows = connection.Prepared(
            """
            with said as (
              select chat, seq, sender_type, created_at, lag(sender_type) over (partition by chat order by seq) as before
              from support_messages
              where via <> 'api' and chat in (
                select row from support_chats where archived_at is null and last_message_at > @since
                union all select row from support_chats where archived_at is not null and last_message_at > @since)),
            turns as (
              select sender_type, created_at, lag(created_at) over (partition by chat order by seq) as asked_at
              from said where before is null or before <> sender_type)
            select asked_at, created_at from turns where sender_type = 'admin' and asked_at is not null and created_at > @since
            """)
            .With("@since", UtcText.Of(since)).Read();
        var waits = new List<TimeSpan>();
        while (rows.Next())
            waits.Add(UtcText.Parse(rows.Text("created_at")) - UtcText.Parse(rows.Text("asked_at")));
        return waits;
    }
}
