namespace LeanChat.Admins;

/// <param name="Id">Of the admin, or of the API token.</param>
/// <param name="Email">Null for an API token.</param>
/// <param name="Totp">Whether a code is asked for at sign-in.</param>
internal sealed record Me(string Id, string? Email, string? Name, bool MailReady, string? WidgetSeenAt, bool Totp);
