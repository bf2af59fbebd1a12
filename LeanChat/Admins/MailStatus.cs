using LeanChat.Mail;

namespace LeanChat.Admins;

/// <summary>How the mail does. <see cref="Receiving"/> is null while no mailbox is set.</summary>
internal sealed record MailStatus(
    MailSending Sending, MailReceiving? Receiving, IReadOnlyList<SilentAddress> Silent, IReadOnlyList<UntakenMail> Untaken);

/// <summary>The same as a frame.</summary>
internal sealed record MailFrame(
    string Type, MailSending Sending, MailReceiving? Receiving, IReadOnlyList<SilentAddress> Silent, IReadOnlyList<UntakenMail> Untaken);

/// <summary>How the mailbox of answers does.</summary>
internal sealed record MailReceiving(bool Ok, string? Error, string? Since, string? LastAt);

/// <summary>An answer by mail that was not taken.</summary>
internal sealed record UntakenMail(string From, string Why, string At);
