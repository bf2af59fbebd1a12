using System.Data.Common;
using Dapper;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Admins;

/// <summary>Reads what the numbers are made of, from the tables of conversations, messages and letters.</summary>
internal static class NumbersStore
{
    /// <summary>The conversations that began after a time.</summary>
    public static List<CountedConversation> Conversations(DbConnection connection, DateTimeOffset since)
    {
        var byLetter = AnsweredByLetter(connection, since);
        using var rows = connection.Prepared(
            """
            select chat, first_seq, began_at, page_url, replied_at, archived_at from conversations where began_at >= @since
            """).With("@since", UtcText.Of(since)).Read();
        var all = new List<CountedConversation>();
        while (rows.Next())
        {
            var id = (rows.Number("chat"), rows.Number("first_seq"));
            all.Add(new CountedConversation(
                UtcText.Parse(rows.Text("began_at")), rows.TextOrNull("page_url"), Time(rows.TextOrNull("replied_at")),
                Time(rows.TextOrNull("archived_at")), byLetter.Contains(id)));
        }

        return all;
    }

    /// <summary>What users said of their conversations after a time, and when.</summary>
    public static List<CountedRating> Ratings(DbConnection connection, DateTimeOffset since) => connection.Query<CountedRating>(
        "select rated_at, rating from conversations where rated_at >= @since", new { since = UtcText.Of(since) }).ToList();

    /// <summary>
    /// How many messages users and admins wrote between each two of some times. Row numbers rise with time, so that a day is a range of
    /// rows; no index is needed, which each message would have to pay for.
    /// </summary>
    public static List<MessageCount> Messages(DbConnection connection, IReadOnlyList<DateTimeOffset> times)
    {
        var end = connection.QueryFirst<long>("select coalesce(max(row), 0) + 1 from support_messages");
        var counts = new List<MessageCount>();
        var from = RowAt(connection, times[0], 0, end);
        foreach (var time in times.Skip(1))
        {
            var to = RowAt(connection, time, from, end);
            counts.Add(from == to ? new MessageCount(0, 0) : connection.QueryFirst<MessageCount>(
                """
                select count(*) as every, coalesce(sum(case when sender_type = 'user' then 1 else 0 end), 0) as by_users
                from support_messages where row >= @from and row < @to
                """,
                new { from, to }));
            from = to;
        }

        return counts;
    }

    /// <summary>The first row that is not older than a time, by binary search between two rows.</summary>
    private static long RowAt(DbConnection connection, DateTimeOffset time, long from, long end)
    {
        var at = UtcText.Of(time);
        while (from < end)
        {
            var middle = from + ((end - from) / 2);
            using var next = connection.Prepared("select row, created_at from support_messages where row >= @row order by row limit 1")
                .With("@row", middle).Read();
            if (next.Next() && next.Number("row") < end && string.CompareOrdinal(next.Text("created_at"), at) < 0)
                from = next.Number("row") + 1;
            else
                end = middle;
        }

        return from;
    }

    /// <summary>The conversations whose first reply was told by a letter.</summary>
    private static HashSet<(long Chat, long FirstSeq)> AnsweredByLetter(DbConnection connection, DateTimeOffset since)
    {
        using var rows = connection.Prepared(
            """
            select k.chat, k.first_seq from letters l
            join support_chats c on c.id = l.chat_id
            join conversations k on k.chat = c.row and k.reply_seq >= l.first_seq and k.reply_seq <= l.last_seq
            where l.state = 'sent' and l.settled_at > @since and l.kind = 'reply'
            """).With("@since", UtcText.Of(since)).Read();
        var told = new HashSet<(long, long)>();
        while (rows.Next())
            told.Add((rows.Number("chat"), rows.Number("first_seq")));
        return told;
    }

    private static DateTimeOffset? Time(string? text) => text is null ? null : UtcText.Parse(text);
}

/// <summary>A conversation, as far as it counts.</summary>
internal sealed record CountedConversation(
    DateTimeOffset BeganAt, string? PageUrl, DateTimeOffset? RepliedAt, DateTimeOffset? ArchivedAt, bool ByLetter);

/// <summary>A rating, and when it was given.</summary>
internal sealed record CountedRating(string RatedAt, string Rating);

/// <summary>How many messages there were, and how many of them from users.</summary>
internal sealed record MessageCount(long Every, long ByUsers);
