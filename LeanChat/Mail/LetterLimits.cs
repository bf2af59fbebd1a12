using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>How many letters may go: ten a day to a visitor's address over all chats, and so many an hour in all.</summary>
internal static class LetterLimits
{
    private const int DailyMost = 10;

    /// <summary>Until when a letter has to wait; null when it may go.</summary>
    /// <param name="mostPerHour">Of all letters together; 0: any number.</param>
    public static DateTimeOffset? PutOff(Transaction tx, LetterContent letter, int mostPerHour)
    {
        // An admin asked for theirs: they are not counted.
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
        // What went to one address at one time was one letter.
        var breaker = tx.Connection.QueryFirstOrDefault<string>(
            """
            select settled_at from letters where state = 'sent' and settled_at > @hour group by settled_at, recipient
            order by settled_at desc limit 1 offset @most
            """,
            new { hour = UtcText.Of(tx.Now.AddHours(-1)), most = mostPerHour - 1 });
        return breaker is null ? null : UtcText.Parse(breaker).AddHours(1);
    }
}
