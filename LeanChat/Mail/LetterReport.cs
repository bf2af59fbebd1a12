using System.Data.Common;

namespace LeanChat.Mail;

/// <summary>Whether letters arrive: those that failed, and whether the mail server accepts them.</summary>
internal static class LetterReport
{
    /// <summary>
    /// Letters that failed in the last week, the chats whose replies are still unseen, and whether the hourly limit holds letters back.
    /// </summary>
    /// <param name="connection">A snapshot.</param>
    /// <param name="now">The time.</param>
    /// <param name="mostPerHour">The limit for all letters together; 0: no limit.</param>
    public static MailTrouble Trouble(DbConnection connection, DateTimeOffset now, int mostPerHour) => new(
        SettledLetterStore.CountFailed(connection, now.AddDays(-7)),
        SettledLetterStore.FailedChats(connection, now.AddDays(-7)),
        mostPerHour > 0 && SettledLetterStore.CountSent(connection, now.AddHours(-1)) >= mostPerHour);

    /// <summary>Whether the mail server has refused a letter that still waits, and its reply about the one that waits longest.</summary>
    public static MailSending Sending(DbConnection connection) => LetterStore.FirstRefused(connection) is { } refused
        ? new MailSending(false, refused.Error, refused.RefusedAt)
        : new MailSending(true, null, null);
}

/// <summary>What keeps letters from arriving.</summary>
/// <param name="FailedChats">Chats whose replies are unseen because a letter failed.</param>
/// <param name="Held">Whether the hourly limit holds letters back.</param>
internal sealed record MailTrouble(long Failed, IReadOnlyList<string> FailedChats, bool Held);

/// <summary>Whether the mail server accepts letters.</summary>
/// <param name="Ok">False while a refused letter still waits.</param>
/// <param name="Error">The mail server's reply.</param>
/// <param name="Since">When that letter was first refused.</param>
internal sealed record MailSending(bool Ok, string? Error, string? Since);
