using System.Data.Common;

namespace LeanChat.Mail;

/// <summary>A letter that is about to be sent, and the unseen messages in it.</summary>
/// <param name="Recipient">The address.</param>
/// <param name="Who">
/// Who wrote the newest of them: the admin's name for the user, the user's name or address for an admin; null: unknown.
/// </param>
/// <param name="Messages">The unseen messages, oldest first.</param>
/// <param name="LastSeq">The seq of the newest of them.</param>
/// <param name="ToldAt">When that one was written.</param>
internal sealed record LetterContent(
    PendingLetter PendingLetter, string Recipient, string? Who, IReadOnlyList<UnseenStore.UnseenMessage> Messages, long LastSeq,
    string ToldAt)
{
    /// <summary>The most messages in a letter; of more, it shows the newest.</summary>
    private const int MessagesAtMost = 20;

    /// <summary>To a user: what the user said last before the first of the messages; null if nothing.</summary>
    public string? Question { get; private init; }

    /// <summary>To a user: the language that the widget speaks; null if it has not said.</summary>
    public string? Language { get; private init; }

    /// <summary>To a user: the browser's language.</summary>
    public string? Locale { get; private init; }

    /// <summary>To an admin: who wrote, and from where.</summary>
    public WaitingVisitor? Visitor { get; private init; }

    /// <summary>
    /// The replies that the user has not seen. Null when there are none, or none since the letter's first, when the user has no address
    /// or is blocked, or the chat was archived.
    /// (If the user has read or written since, the letter was dropped already.)
    /// </summary>
    public static LetterContent? ToUser(DbConnection connection, PendingLetter letter) =>
        UnseenStore.UserOf(connection, letter.ChatId) is { } user
        && WithUnseen(connection, letter, user.Email!, "admin", null) is { } content
            ? content with
            {
                Question = UnseenStore.SaidBefore(connection, letter.ChatId, content.Messages[0].Seq),
                Language = user.Language,
                Locale = user.Locale,
            }
            : null;

    /// <summary>The messages that no admin has seen. Null when an admin has seen them, or the admin was removed.</summary>
    public static LetterContent? ToAdmin(DbConnection connection, PendingLetter letter) =>
        UnseenStore.AdminAddress(connection, letter.AdminId!) is { } address
        && UnseenStore.WaitingUser(connection, letter.ChatId) is { } visitor
        && WithUnseen(connection, letter, address, "user", visitor.Name ?? visitor.Email) is { } content
            ? content with { Visitor = visitor }
            : null;

    private static LetterContent? WithUnseen(DbConnection connection, PendingLetter letter, string recipient, string from, string? who)
    {
        var unseen = UnseenStore.Messages(connection, letter.ChatId, from, MessagesAtMost);
        // What an earlier letter told is told again only beside something new.
        return unseen.Count == 0 || unseen[^1].Seq < letter.FirstSeq
            ? null
            : new LetterContent(letter, recipient, who ?? unseen[^1].SenderName, unseen, unseen[^1].Seq, unseen[^1].CreatedAt);
    }
}
