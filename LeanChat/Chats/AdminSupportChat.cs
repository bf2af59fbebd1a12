using LeanChat.Mail;

namespace LeanChat.Chats;

internal sealed record AdminSupportChat(
    string Id, string UserId, string? UserEmail, string? UserName, bool UserVerified, bool UserBlocked, string UserCreatedAt,
    bool Archived, bool More, IReadOnlyList<SupportMessage> Messages, bool UserOnline, string? PageUrl, string? PageTitle,
    string? UserAgent, string? Referrer, string? Locale, string? TimeZone,
    long? UnreadFrom, IReadOnlyList<LetterNote> Letters, IReadOnlyList<Viewer> Viewers);

/// <summary>An admin who has a chat open.</summary>
internal sealed record Viewer(string Id, string Name);
