namespace LeanChat.Admins;

/// <summary>Which test e-mail to send.</summary>
/// <param name="Reply">True: one to the mailbox, which is then watched for it.</param>
internal sealed record TestMailBody(bool Reply);
