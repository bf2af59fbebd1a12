using System.Data.Common;
using Dapper;

namespace LeanChat.Mail;

/// <summary>A letter that may go, with what it tells of.</summary>
/// <param name="Recipient">The address.</param>
/// <param name="Who">Who said it: the admin's name for the user, the user's name or address for an admin; null: nobody in particular.</param>
/// <param name="Words">What was said and not yet seen, oldest first.</param>
/// <param name="LastSeq">The newest of it.</param>
internal sealed record LetterContent(PendingLetter PendingLetter, string Recipient, string? Who, IReadOnlyList<string> Words, long LastSeq)
{
    /// <summary>More of them than anybody reads in a letter.</summary>
    private const int WordsAtMost = 20;

    /// <summary>
    /// What the user has not seen. Null, and the letter with it, when there is nothing, no address, or the chat was put away.
    /// (A user who has read or written since has dropped the letter already; a blocked one gets none.)
    /// </summary>
    public static LetterContent? ToUser(DbConnection connection, PendingLetter letter)
    {
        var user = connection.QueryFirstOrDefault<Addressee>(
            """
            select u.email, u.name from support_chats c join users u on u.id = c.user_id
            where c.id = @chatId and c.archived_at is null and u.blocked_at is null and u.email is not null
            """,
            new { chatId = letter.ChatId });
        return user is null ? null : Tell(connection, letter, user.Email, "admin", null);
    }

    /// <summary>What no admin has looked at. Null when somebody has, or there is no such admin any more.</summary>
    public static LetterContent? ToAdmin(DbConnection connection, PendingLetter letter)
    {
        var admin = connection.QueryFirstOrDefault<Addressee>("select email, name from admins where id = @adminId", new { adminId = letter.AdminId });
        var user = connection.QueryFirstOrDefault<Person>(
            """
            select coalesce(u.name, u.email) as name from support_chats c join users u on u.id = c.user_id
            where c.id = @chatId and c.archived_at is null and c.unread_count > 0 and u.blocked_at is null
            """,
            new { chatId = letter.ChatId });
        return admin is null || user is null ? null : Tell(connection, letter, admin.Email, "user", user.Name);
    }

    private static LetterContent? Tell(DbConnection connection, PendingLetter letter, string recipient, string from, string? who)
    {
        var unseen = connection.Query<Said>(
            """
            select m.seq, m.content, m.sender_name from support_chats c join support_messages m on m.chat = c.row
            where c.id = @chatId and m.seq > case @from when 'admin' then c.user_read_up_to else c.admin_read_up_to end
              and m.sender_type = @from and m.read_at is null order by m.seq desc limit @most
            """,
            new { chatId = letter.ChatId, from, most = WordsAtMost }).ToList();
        unseen.Reverse();
        return unseen.Count == 0 ? null : new LetterContent(letter, recipient, who ?? unseen[^1].SenderName, [.. unseen.Select(said => said.Content)], unseen[^1].Seq);
    }

    internal sealed record Addressee(string Email, string? Name);

    internal sealed record Person(string? Name);

    internal sealed record Said(long Seq, string Content, string? SenderName);
}
