using System.Data.Common;
using Dapper;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>The state of letters: those of a chat, those that failed, and whether the mail server accepts them.</summary>
internal static class LetterReport
{
    /// <summary>What became of the letters about replies in a chat, newest first: sent and failed ones.</summary>
    public static IReadOnlyList<LetterNote> Notes(DbConnection connection, string chatId) => connection.Query<LetterNote>(
        """
        select id, state, first_seq, last_seq, settled_at, error from letters
        where chat_id = @chatId and kind = 'reply' and state in ('sent', 'failed') order by settled_at desc limit 50
        """,
        new { chatId }).ToList();

    /// <summary>
    /// Letters that failed in the last week, the chats whose replies are still unseen, and whether the hourly limit holds letters back.
    /// </summary>
    /// <param name="mostPerHour">The limit for all letters together; 0: no limit.</param>
    public static MailTrouble Trouble(DbConnection connection, DateTimeOffset now, int mostPerHour)
    {
        var failed = connection.QueryFirst<long>(
            "select count(*) from letters where state = 'failed' and settled_at > @week", new { week = UtcText.Of(now.AddDays(-7)) });
        var sent = connection.QueryFirst<long>(
            "select count(*) from (select 1 from letters where state = 'sent' and settled_at > @hour group by settled_at, recipient) subquery",
            new { hour = UtcText.Of(now.AddHours(-1)) });
        var chats = connection.Query<string>(
            """
            select l.chat_id from letters l join support_chats c on c.id = l.chat_id
            where l.kind = 'reply' and l.state = 'failed' and l.settled_at > @week
              and c.last_admin_seq > c.user_read_up_to and c.last_admin_seq >= l.first_seq
              and not exists (select 1 from letters n
                where n.chat_id = l.chat_id and n.kind = 'reply' and n.state = 'sent' and n.settled_at > l.settled_at)
            group by l.chat_id order by max(l.settled_at) desc limit 50
            """,
            new { week = UtcText.Of(now.AddDays(-7)) }).ToList();
        return new MailTrouble(failed, chats, mostPerHour > 0 && sent >= mostPerHour);
    }

    /// <summary>Whether the mail server has refused a letter that still waits, and its reply about the one that waits longest.</summary>
    public static MailSending Sending(DbConnection connection) =>
        connection.QueryFirstOrDefault<Waiting>(
            "select error, refused_at from letters where state = 'waiting' and refused_at is not null order by refused_at limit 1")
            is { } waiting
            ? new MailSending(false, waiting.Error, waiting.RefusedAt)
            : new MailSending(true, null, null);

    /// <summary>The address of a letter; null for an unknown letter.</summary>
    public static string? RecipientOf(DbConnection connection, string letterId) =>
        connection.QueryFirstOrDefault<string>("select recipient from letters where id = @letterId", new { letterId });

    internal sealed record Waiting(string? Error, string? RefusedAt);
}

/// <param name="FailedChats">Chats whose replies are unseen because a letter failed.</param>
/// <param name="Held">Whether the hourly limit holds letters back.</param>
internal sealed record MailTrouble(long Failed, IReadOnlyList<string> FailedChats, bool Held);

/// <param name="Ok">False while a refused letter still waits.</param>
/// <param name="Error">The mail server's reply.</param>
/// <param name="Since">When that letter was first refused.</param>
internal sealed record MailSending(bool Ok, string? Error, string? Since);
