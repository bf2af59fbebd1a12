using System.Data.Common;
using Dapper;

namespace LeanChat.Mail;

/// <summary>A letter that is about to be sent, and the unseen messages in it.</summary>
/// <param name="Recipient">The address.</param>
/// <param name="Who">Who wrote them: the admin's name for the user, the user's name or address for an admin; null: unknown.</param>
/// <param name="Words">The unseen messages, oldest first.</param>
/// <param name="LastSeq">The seq of the newest of them.</param>
internal sealed record LetterContent(PendingLetter PendingLetter, string Recipient, string? Who, IReadOnlyList<string> Words, long LastSeq)
{
    /// <summary>The most messages in a letter; of more, it shows the newest.</summary>
    private const int MessagesAtMost = 20;

    /// <summary>
    /// The replies that the user has not seen. Null when there are none, the user has no address or is blocked, or the chat was archived.
    /// (If the user has read or written since, the letter was dropped already.)
    /// </summary>
    public static LetterContent? ToUser(DbConnection connection, PendingLetter letter)
    {
        var user = connection.QueryFirstOrDefault<Addressee>(
            """
            select u.email, u.name from support_chats c join users u on u.id = c.user_id
            where c.id = @chatId and c.archived_at is null and u.blocked_at is null and u.email is not null
            """,
            new { chatId = letter.ChatId });
        return user is null ? null : WithUnseen(connection, letter, user.Email, "admin", null);
    }

    /// <summary>The messages that no admin has seen. Null when an admin has seen them, or the admin was removed.</summary>
    public static LetterContent? ToAdmin(DbConnection connection, PendingLetter letter)
    {
        var admin = connection.QueryFirstOrDefault<Addressee>(
            "select email, name from admins where id = @adminId", new { adminId = letter.AdminId });
        var user = connection.QueryFirstOrDefault<Person>(
            """
            select coalesce(u.name, u.email) as name from support_chats c join users u on u.id = c.user_id
            where c.id = @chatId and c.archived_at is null and c.unread_count > 0 and u.blocked_at is null
            """,
            new { chatId = letter.ChatId });
        return admin is null || user is null ? null : WithUnseen(connection, letter, admin.Email, "user", user.Name);
    }

    private static LetterContent? WithUnseen(DbConnection connection, PendingLetter letter, string recipient, string from, string? who)
    {
        var unseen = connection.Query<UnseenMessage>(
            """
            select m.seq, m.content, m.sender_name from support_chats c join support_messages m on m.chat = c.row
            where c.id = @chatId and m.seq > case @from when 'admin' then c.user_read_up_to else c.admin_read_up_to end
              and m.sender_type = @from and m.read_at is null order by m.seq desc limit @most
            """,
            new { chatId = letter.ChatId, from, most = MessagesAtMost }).ToList();
        unseen.Reverse();
        return unseen.Count == 0
            ? null
            : new LetterContent(letter, recipient, who ?? unseen[^1].SenderName,
                [.. unseen.Select(message => message.Content)], unseen[^1].Seq);
    }

    internal sealed record Addressee(string Email, string? Name);

    internal sealed record Person(string? Name);

    internal sealed record UnseenMessage(long Seq, string Content, string? SenderName);
}
