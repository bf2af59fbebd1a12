using System.Text.Json.Serialization;
using LeanChat.Files;
using LeanChat.Mail;
using LeanChat.People;

namespace LeanChat.Chats;

/// <summary>A chat as the dashboard shows it.</summary>
internal sealed record AdminSupportChat(
    string Id, string UserId, string? UserEmail, string? UserName, bool UserVerified, bool UserBlocked, string UserCreatedAt,
    bool Archived, bool More, IReadOnlyList<SupportMessage> Messages, bool UserOnline, string? PageUrl, string? PageTitle,
    IReadOnlyList<PageView> Pages, string? UserAgent, string? Referrer, string? Locale, string? TimeZone, string? Language,
    long? UnreadFrom, IReadOnlyList<LetterNote> Letters, IReadOnlyList<RefusedFile> RefusedFiles, IReadOnlyList<Viewer> Viewers,
    string? LastMessageName, IReadOnlyList<string> Tags, Assignee? Assignee, string? SnoozedUntil, ChatRating? Rating)
{
    /// <summary>All notes of the chat, oldest first; null, and left out, where a page of older messages is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Note>? Notes { get; init; }

    /// <summary>Puts together what the dashboard shows.</summary>
    public static AdminSupportChat Of(
        Chat chat, User user, IReadOnlyList<SupportMessage> messages, IReadOnlyList<LetterNote> letters,
        IReadOnlyList<RefusedFile> refused, long? unreadFrom, bool online, IReadOnlyList<Viewer> viewers) => new(
        chat.Id, user.Id, user.Email, user.Name, user.EmailVerified, user.BlockedAt is not null, user.CreatedAt,
        chat.ArchivedAt is not null, messages is [{ Seq: > 1 }, ..], messages, online,
        user.PageUrl, user.PageTitle, user.Pages, user.UserAgent, user.Referrer, user.Locale,
        user.TimeZone, user.Language, unreadFrom, letters, refused, viewers, chat.LastMessageName, Chats.Tags.Read(chat.Tags),
        chat.Assignee,
        chat.SnoozedUntil, chat.LatestRating);
}

/// <summary>An admin who has a chat open.</summary>
internal sealed record Viewer(string Id, string Name);
