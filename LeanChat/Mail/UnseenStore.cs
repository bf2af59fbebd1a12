using System.Data.Common;
using Dapper;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>Reads what a letter tells: the unseen messages of a chat, and whom they are from and for.</summary>
internal static class UnseenStore
{
    /// <summary>The user to write to. Null if there is no address, the user is blocked, or the chat was archived.</summary>
    public static Addressee? UserOf(DbConnection connection, string chatId) => connection.QueryFirstOrDefault<Addressee>(
        """
        select u.email, u.language, u.locale from support_chats c join users u on u.id = c.user_id
        where c.id = @chatId and c.archived_at is null and u.blocked_at is null and u.email is not null
        """,
        new { chatId });

    /// <summary>The address of the admin to write to; null if the admin was removed.</summary>
    public static string? AdminAddress(DbConnection connection, string adminId) =>
        connection.QueryFirstOrDefault<string>("select email from admins where id = @adminId", new { adminId });

    /// <summary>
    /// The user whose messages wait for an admin. Null if an admin has seen them, the user is blocked, or the chat was archived.
    /// </summary>
    public static WaitingVisitor? WaitingUser(DbConnection connection, string chatId) => connection.QueryFirstOrDefault<WaitingVisitor>(
        """
        select u.name, u.email, u.page_url, u.page_title, u.time_zone from support_chats c join users u on u.id = c.user_id
        where c.id = @chatId and c.archived_at is null and c.unread_count > 0 and u.blocked_at is null
        """,
        new { chatId });

    /// <summary>The newest messages that the other side has not seen, oldest first.</summary>
    /// <param name="connection">A snapshot.</param>
    /// <param name="chatId">The chat.</param>
    /// <param name="from">Who wrote them: `user` or `admin`.</param>
    /// <param name="most">No more than this.</param>
    public static IReadOnlyList<UnseenMessage> Messages(DbConnection connection, string chatId, string from, int most)
    {
        var unseen = connection.Query<UnseenMessage>(
            """
            select m.seq, m.content, m.attachments, m.sender_name, m.created_at
            from support_chats c join support_messages m on m.chat = c.row
            where c.id = @chatId and m.seq > case @from when 'admin' then c.user_read_up_to else c.admin_read_up_to end
              and m.sender_type = @from and m.read_at is null and m.deleted_at is null order by m.seq desc limit @most
            """,
            new { chatId, from, most }).ToList();
        unseen.Reverse();
        return unseen;
    }

    /// <summary>What the user said last before a message; null if nothing.</summary>
    public static string? SaidBefore(DbConnection connection, string chatId, long seq) =>
        connection.QueryFirstOrDefault<UnseenMessage>(
            """
            select m.seq, m.content, m.attachments, m.sender_name, m.created_at
            from support_chats c join support_messages m on m.chat = c.row
            where c.id = @chatId and m.seq < @seq and m.sender_type = 'user' order by m.seq desc limit 1
            """,
            new { chatId, seq })?.Text;

    /// <summary>The address that a letter went to, and the languages of its user; null for an unknown letter.</summary>
    public static Addressee? UserOfLetter(DbConnection connection, string letterId) => connection.QueryFirstOrDefault<Addressee>(
        """
        select l.recipient as email, u.language, u.locale from letters l
        join support_chats c on c.id = l.chat_id join users u on u.id = c.user_id where l.id = @letterId
        """,
        new { letterId });

    /// <summary>The first reply that the user has not seen; null when there is none.</summary>
    public static UnseenReply? FirstReply(DbConnection connection, string chatId) => connection.QueryFirstOrDefault<UnseenReply>(
        """
        select m.seq, m.created_at from support_chats c join support_messages m on m.chat = c.row
        where c.id = @chatId and m.seq > c.user_read_up_to and m.sender_type = 'admin' and m.read_at is null and m.deleted_at is null
        order by m.seq limit 1
        """,
        new { chatId });

    /// <summary>The first unseen reply that a sent letter did not contain; null when there is none.</summary>
    public static UnseenReply? FirstReplyAfter(DbConnection connection, PendingLetter letter) =>
        connection.QueryFirstOrDefault<UnseenReply>(
            """
            select m.seq, m.created_at from support_chats c join support_messages m on m.chat = c.row
            where c.id = @chatId and m.seq > (select last_seq from letters where id = @id)
              and m.sender_type = 'admin' and m.read_at is null and m.deleted_at is null order by m.seq limit 1
            """,
            new { chatId = letter.ChatId, id = letter.Id });

    /// <summary>The first unseen reply that is in no letter that was sent; null when there is none, or the chat was archived.</summary>
    public static UnseenReply? FirstUntold(DbConnection connection, string chatId) => connection.QueryFirstOrDefault<UnseenReply>(
        """
        select m.seq, m.created_at from support_chats c join support_messages m on m.chat = c.row
        where c.id = @chatId and c.archived_at is null and m.seq > c.user_read_up_to
          and m.seq > (select coalesce(max(last_seq), 0) from letters where chat_id = @chatId and kind = 'reply' and state = 'sent')
          and m.sender_type = 'admin' and m.read_at is null and m.deleted_at is null order by m.seq limit 1
        """,
        new { chatId });

    /// <summary>Whether a letter about replies waits of which nothing is left: each since its first one was seen or deleted.</summary>
    public static bool HasEmptyLetter(DbConnection connection, string chatId) => connection.QueryFirst<bool>(
        """
        select exists (select 1 from letters l where l.chat_id = @chatId and l.kind = 'reply' and l.state = 'waiting'
          and not exists (select 1 from support_chats c join support_messages m on m.chat = c.row
            where c.id = l.chat_id and m.seq >= l.first_seq and m.seq > c.user_read_up_to
              and m.sender_type = 'admin' and m.read_at is null and m.deleted_at is null))
        """,
        new { chatId });

    /// <summary>Whom a letter goes to.</summary>
    /// <param name="Language">The language that the widget speaks; null if it has not said.</param>
    /// <param name="Locale">The browser's language.</param>
    internal sealed record Addressee(string? Email, string? Language, string? Locale);

    /// <summary>A message that the other side has not seen.</summary>
    /// <param name="Attachments">The list of its files.</param>
    internal sealed record UnseenMessage(long Seq, string Content, string? Attachments, string? SenderName, string CreatedAt)
    {
        /// <summary>What a letter tells of it: its words, and the names of its files.</summary>
        public string Text => AttachmentNames.Beside(Content, Attachments);
    }

    /// <summary>A reply that the user has not seen.</summary>
    internal sealed record UnseenReply(long Seq, string CreatedAt);
}
