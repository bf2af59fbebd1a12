using LeanChat.Mail;

namespace LeanChat.Admins;

/// <summary>The state of the e-mail. <see cref="Receiving"/> is null while no mailbox is set.</summary>
/// <param name="Test">The newest test of the mailbox; null: none since the start.</param>
internal sealed record MailStatus(
    MailSending Sending, MailReceiving? Receiving, IReadOnlyList<SilentAddress> Silent, IReadOnlyList<RefusedMail> Untaken,
    MailboxTest? Test);

/// <summary>The same, as a frame.</summary>
internal sealed record MailFrame(
    string Type, MailSending Sending, MailReceiving? Receiving, IReadOnlyList<SilentAddress> Silent, IReadOnlyList<RefusedMail> Untaken,
    MailboxTest? Test);

/// <summary>The state of the mailbox that receives answers.</summary>
/// <param name="Ok">Whether it can be read.</param>
/// <param name="Error">The mail server's words, if it cannot.</param>
/// <param name="Since">Since when it cannot.</param>
/// <param name="LastAt">When the last answer was taken; null: never.</param>
internal sealed record MailReceiving(bool Ok, string? Error, string? Since, string? LastAt);

/// <summary>An admin's answer by e-mail that was not taken, and why.</summary>
internal sealed record RefusedMail(string From, string Why, string At);
