namespace LeanChat.Admins;

internal sealed record Me(string Id, string Email, string? Name, bool MailReady, string? WidgetSeenAt);
