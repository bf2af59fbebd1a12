using LeanChat.Storage;

namespace LeanChat.Mail;

/// <summary>How many letters may be sent: ten a day to a visitor's address over all chats, and `Mail:MostPerHour` in all.</summary>
internal static class LetterLimits
{
    private const int DailyMost = 10;

    /// <summary>Until when a letter has to wait; null when it may be sent now.</summary>
    /// <param name="mostPerHour">The limit for all letters together; 0: no limit.</param>
    public static DateTimeOffset? PutOff(Transaction tx, LetterContent letter, int mostPerHour)
    {
        // The daily limit protects visitors. Letters to admins are not counted.
        var isReply = letter.PendingLetter.Kind == PendingLetter.Reply;
        if (isReply && SettledLetterStore.ReplySentAt(tx.Connection, letter.Recipient, tx.Now.AddDays(-1), DailyMost - 1) is { } first)
            return first.AddDays(1);
        return mostPerHour == 0 ? null : SettledLetterStore.SentAt(tx.Connection, tx.Now.AddHours(-1), mostPerHour - 1)?.AddHours(1);
    }
}
