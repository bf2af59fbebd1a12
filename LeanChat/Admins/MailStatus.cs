using LeanChat.Mail;

namespace LeanChat.Admins;

/// <summary>The state of the e-mail. <see cref="Receiving"/> is null while no mailbox is set.</summary>
internal sealed record MailStatus(
    MailSending Sending, MailReceiving? Receiving, IReadOnlyList<SilentAddress> Silent, IReadOnlyList<UntakenMail> Untaken);

/// <summary>The same, as a frame.</summary>
internal sealed record MailFrame(
    string Type, MailSending Sending, MailReceiving? Receiving, IReadOnlyList<SilentAddress> Silent, IReadOnlyList<UntakenMail> Untaken);

/// <summary>The state of the mailbox that receives answers.</summary>
internal sealed record MailReceiving(bool Ok, string? Error, string? Since, string? LastAt);

/// <summary>An answer by e-mail that was not accepted.</summary>
internal sealed record UntakenMail(string From, string Why, string At);
