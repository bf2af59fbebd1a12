using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>
/// Reads what became of letters: those that were sent or have failed, and what waits in a chat. The <see cref="LetterStore"/> writes them.
/// </summary>
internal static class SettledLetterStore
{
    /// <summary>What becomes of the letters about replies in a chat: the one that waits, then sent and failed ones, newest first.</summary>
    public static IReadOnlyList<LetterNote> Notes(DbConnection connection, string chatId) => connection.Query<LetterNote>(
        """
        select l.id, l.state, l.first_seq, l.last_seq, l.settled_at, l.error,
          case l.state when 'waiting' then l.due_at end as due_at,
          case l.state when 'waiting' then u.email else l.recipient end as recipient
        from letters l join support_chats c on c.id = l.chat_id join users u on u.id = c.user_id
        where l.chat_id = @chatId and l.kind = 'reply' and l.state in ('waiting', 'sent', 'failed')
        order by l.settled_at is null desc, l.settled_at desc limit 50
        """,
        new { chatId }).ToList();

    /// <summary>When the last letter about replies in a chat was sent; null: never, or it was answered by e-mail.</summary>
    public static DateTimeOffset? LastReplySentAt(DbConnection connection, string chatId) => Time(connection.QueryFirstOrDefault<string>(
        """
        select max(l.settled_at) from letters l where l.chat_id = @chatId and l.kind = 'reply' and l.state = 'sent'
          and not exists (select 1 from reply_keys k where k.chat_id = l.chat_id and k.letter_id = l.id and k.answered_at is not null)
        """,
        new { chatId }));

    /// <summary>When an address was sent a letter about replies: the newest after <paramref name="skip"/> newer ones; null: none.</summary>
    public static DateTimeOffset? ReplySentAt(DbConnection connection, string address, DateTimeOffset since, int skip) =>
        Time(connection.QueryFirstOrDefault<string>(
            """
            select settled_at from letters where state = 'sent' and settled_at > @since and recipient = @recipient and kind = 'reply'
            order by settled_at desc limit 1 offset @skip
            """,
            new { since = UtcText.Of(since), recipient = EmailAddress.KeyOf(address), skip }));

    /// <summary>The same for letters to anybody. Rows with the same address and time were sent as one letter.</summary>
    public static DateTimeOffset? SentAt(DbConnection connection, DateTimeOffset since, int skip) =>
        Time(connection.QueryFirstOrDefault<string>(
            """
            select settled_at from letters where state = 'sent' and settled_at > @since group by settled_at, recipient
            order by settled_at desc limit 1 offset @skip
            """,
            new { since = UtcText.Of(since), skip }));

    /// <summary>How many letters were sent. Rows with the same address and time were sent as one letter.</summary>
    public static long CountSent(DbConnection connection, DateTimeOffset since) => connection.QueryFirst<long>(
        """
        select count(*) from (
          select 1 from letters where state = 'sent' and settled_at > @since group by settled_at, recipient) subquery
        """,
        new { since = UtcText.Of(since) });

    /// <summary>How many letters failed.</summary>
    public static long CountFailed(DbConnection connection, DateTimeOffset since) => connection.QueryFirst<long>(
        "select count(*) from letters where state = 'failed' and settled_at > @since", new { since = UtcText.Of(since) });

    /// <summary>The chats whose replies are still unseen because a letter failed and none was sent later, newest first.</summary>
    public static IReadOnlyList<string> FailedChats(DbConnection connection, DateTimeOffset since) => connection.Query<string>(
        """
        select l.chat_id from letters l join support_chats c on c.id = l.chat_id
        where l.kind = 'reply' and l.state = 'failed' and l.settled_at > @since
          and exists (select 1 from support_messages m
            where m.chat = c.row and m.seq > c.user_read_up_to and m.seq >= l.first_seq and m.sender_type = 'admin'
              and m.deleted_at is null)
          and not exists (select 1 from letters n
            where n.chat_id = l.chat_id and n.kind = 'reply' and n.state = 'sent' and n.settled_at > l.settled_at)
        group by l.chat_id order by max(l.settled_at) desc limit 50
        """,
        new { since = UtcText.Of(since) }).ToList();

    private static DateTimeOffset? Time(string? text) => text is null ? null : UtcText.Parse(text);
}
