using System.Data.Common;

namespace LeanChat.Mail;

/// <summary>A letter that is about to be sent, and the unseen messages in it.</summary>
/// <param name="Recipient">The address.</param>
/// <param name="Who">Who wrote them: the admin's name for the user, the user's name or address for an admin; null: unknown.</param>
/// <param name="Words">The unseen messages, oldest first.</param>
/// <param name="LastSeq">The seq of the newest of them.</param>
/// <param name="ToldAt">When that one was written.</param>
internal sealed record LetterContent(PendingLetter PendingLetter, string Recipient, string? Who, IReadOnlyList<string> Words, long LastSeq,
    string ToldAt)
{
    /// <summary>The most messages in a letter; of more, it shows the newest.</summary>
    private const int MessagesAtMost = 20;

    /// <summary>
    /// The replies that the user has not seen. Null when there are none, the user has no address or is blocked, or the chat was archived.
    /// (If the user has read or written since, the letter was dropped already.)
    /// </summary>
    public static LetterContent? ToUser(DbConnection connection, PendingLetter letter) =>
        UnseenStore.UserOf(connection, letter.ChatId) is { } user ? WithUnseen(connection, letter, user.Email, "admin", null) : null;

    /// <summary>The messages that no admin has seen. Null when an admin has seen them, or the admin was removed.</summary>
    public static LetterContent? ToAdmin(DbConnection connection, PendingLetter letter) =>
        UnseenStore.Admin(connection, letter.AdminId!) is { } admin && UnseenStore.WaitingUser(connection, letter.ChatId) is { } user
            ? WithUnseen(connection, letter, admin.Email, "user", user.Name)
            : null;

    private static LetterContent? WithUnseen(DbConnection connection, PendingLetter letter, string recipient, string from, string? who)
    {
        var unseen = UnseenStore.Messages(connection, letter.ChatId, from, MessagesAtMost);
        return unseen.Count == 0
            ? null
            : new LetterContent(letter, recipient, who ?? unseen[^1].SenderName,
                [.. unseen.Select(message => message.Content)], unseen[^1].Seq, unseen[^1].CreatedAt);
    }
}
