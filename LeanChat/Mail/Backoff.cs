namespace LeanChat.Mail;

/// <summary>How long to wait before a letter is tried again: longer each time.</summary>
internal static class Backoff
{
    /// <summary>A letter that could not be delivered in this time has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(72);

    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public static TimeSpan After(long attempts) =>
        TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << (int)Math.Min(attempts, 6)));
}
