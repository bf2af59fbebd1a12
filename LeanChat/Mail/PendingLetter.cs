namespace LeanChat.Mail;

/// <summary>A letter in the outbox, as it waits.</summary>
/// <param name="Kind">`reply`: an answer, to the user; `missed`: a visitor nobody looked after, to an admin.</param>
/// <param name="PromisedAt">When it was due at first.</param>
/// <param name="FirstSeq">The first message it is about.</param>
internal sealed record PendingLetter(
    string Id, string Kind, string ChatId, string? AdminId, string PromisedAt, string DueAt, long Attempts, long FirstSeq, string CreatedAt)
{
    public const string Reply = "reply";
    public const string Missed = "missed";
}
