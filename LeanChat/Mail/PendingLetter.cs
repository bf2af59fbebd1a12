namespace LeanChat.Mail;

/// <summary>A letter that waits in the outbox.</summary>
/// <param name="Kind">
/// `reply`: to a user, about replies; `missed`: to an admin, about a visitor who wrote and at whose chat nobody has looked.
/// </param>
/// <param name="PromisedAt">When it was due at first.</param>
/// <param name="FirstSeq">The first message it is about.</param>
internal sealed record PendingLetter(
    string Id, string Kind, string ChatId, string? AdminId, string PromisedAt, string DueAt, long Attempts, long FirstSeq, string CreatedAt)
{
    public const string Reply = "reply";
    public const string Missed = "missed";

    /// <summary>Sent at once, never stored.</summary>
    public const string Test = "test";

    /// <summary>Whether its letters are shown as one thread.</summary>
    public bool IsAboutChat => Kind is Reply or Missed;
}
