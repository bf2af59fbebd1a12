using System.Data.Common;
using Dapper;

namespace LeanChat.Cli;

/// <summary>Reads every table for the export, in pages where a table may be long.</summary>
internal static class ExportStore
{
    /// <summary>The users after a row, oldest first, or only the one with this id.</summary>
    public static List<ExportedPerson> People(DbConnection connection, long after, string? id, int most) =>
        connection.Query<ExportedPerson>(
            """
            select row, id, subject, email, email_verified, name, created_at, blocked_at, page_url, page_title, referrer,
              user_agent, locale, time_zone, language, pages as stored_pages
            from users where row > @after and (@id is null or id = @id) order by row limit @most
            """,
            new { after, id, most }).ToList();

    /// <summary>The chat of a user; null if there is none.</summary>
    public static ExportedChat? Chat(DbConnection connection, string userId) => connection.QueryFirstOrDefault<ExportedChat>(
        """
        select id, user_id, created_at, message_count, admin_viewed_at, user_read_at, archived_at, tags as stored_tags, assignee_id,
          snoozed_until
        from support_chats where user_id = @userId
        """,
        new { userId });

    /// <summary>The messages of a chat after a seq, oldest first.</summary>
    public static List<ExportedMessage> Messages(DbConnection connection, string chatId, long after, int most) =>
        connection.Query<ExportedMessage>(
            """
            select m.id, c.id as chat_id, m.seq, m.client_id, m.sender_type, m.sender_id, m.sender_name, m.content,
              m.read_at, m.created_at, m.via, m.edited_at, m.deleted_at, m.attachments as stored_files
            from support_messages m join support_chats c on c.row = m.chat
            where c.id = @chatId and m.seq > @after order by m.seq limit @most
            """,
            new { chatId, after, most }).ToList();

    /// <summary>The notes of a chat.</summary>
    public static List<ExportedNote> Notes(DbConnection connection, string chatId) => connection.Query<ExportedNote>(
        """
        select n.id, c.id as chat_id, n.after_seq, n.admin_id, n.admin_name, n.content, n.created_at
        from notes n join support_chats c on c.row = n.chat where c.id = @chatId order by n.created_at, n.after_seq, n.id
        """,
        new { chatId }).ToList();

    /// <summary>The conversations of a chat.</summary>
    public static List<ExportedConversation> Conversations(DbConnection connection, string chatId) =>
        connection.Query<ExportedConversation>(
            """
            select c.id as chat_id, k.first_seq, k.began_at, k.page_url, k.reply_seq, k.replied_at, k.archived_at, k.rating,
              k.rating_comment, k.rated_at
            from conversations k join support_chats c on c.row = k.chat where c.id = @chatId order by k.first_seq
            """,
            new { chatId }).ToList();

    /// <summary>The letters of a chat.</summary>
    public static List<ExportedLetter> Letters(DbConnection connection, string chatId) => connection.Query<ExportedLetter>(
        """
        select id, chat_id, kind, state, recipient, first_seq, last_seq, error, created_at, settled_at
        from letters where chat_id = @chatId order by id
        """,
        new { chatId }).ToList();

    /// <summary>All admins.</summary>
    public static List<ExportedAdmin> Admins(DbConnection connection) =>
        connection.Query<ExportedAdmin>("select id, email, name, created_at from admins order by id").ToList();

    /// <summary>All canned replies.</summary>
    public static List<ExportedReply> Replies(DbConnection connection) =>
        connection.Query<ExportedReply>("select id, shortcut, content, created_at from canned_replies order by id").ToList();

    /// <summary>All addresses that get no letters.</summary>
    public static List<ExportedSilence> Silences(DbConnection connection) =>
        connection.Query<ExportedSilence>("select address, reason, at from silent_addresses order by address").ToList();
}
