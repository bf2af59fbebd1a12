namespace LeanChat.Admins;

/// <param name="Totp">Whether a code is asked for at sign-in.</param>
internal sealed record Me(string Id, string Email, string? Name, bool MailReady, string? WidgetSeenAt, bool Totp);
