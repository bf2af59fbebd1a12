using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

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
        var ownLimit = letter.PendingLetter.Kind != PendingLetter.Reply ? null : tx.Connection.QueryFirstOrDefault<string>(
            """
            select settled_at from letters where state = 'sent' and settled_at > @day and recipient = @recipient and kind = 'reply'
            order by settled_at desc limit 1 offset @most
            """,
            new { day = UtcText.Of(tx.Now.AddDays(-1)), recipient = EmailAddress.KeyOf(letter.Recipient), most = DailyMost - 1 });
        if (ownLimit is not null)
            return UtcText.Parse(ownLimit).AddDays(1);
        if (mostPerHour == 0)
            return null;
        // Rows with the same address and time were sent as one letter.
        var oldestInLimit = tx.Connection.QueryFirstOrDefault<string>(
            """
            select settled_at from letters where state = 'sent' and settled_at > @hour group by settled_at, recipient
            order by settled_at desc limit 1 offset @most
            """,
            new { hour = UtcText.Of(tx.Now.AddHours(-1)), most = mostPerHour - 1 });
        return oldestInLimit is null ? null : UtcText.Parse(oldestInLimit).AddHours(1);
    }
}
