using System.Text.Json.Serialization;

namespace LeanChat.Chats;

internal sealed record SupportChatListItem(
    string Id, string UserId, string? UserEmail, string? UserName, bool UserVerified, bool UserBlocked, string? LastMessageAt,
    string? LastMessagePreview, string? LastMessageSender, string? LastMessageName, string? LastMessageAdminId, long MessageCount,
    bool Unread, long UnreadCount, bool Archived, bool UserOnline, string? PageUrl, string? TimeZone, IReadOnlyList<string> Tags,
    Assignee? Assignee, string? SnoozedUntil, ChatRating? Rating)
{
    /// <summary>For a search: the text around the newest hit in the chat.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hit { get; init; }
}

/// <summary>The admin who takes care of a chat. The e-mail address stands in for a missing name: only other admins see it.</summary>
internal sealed record Assignee(string Id, string Name);

/// <summary>What a user said of a conversation.</summary>
/// <param name="Score">`good` or `bad`.</param>
internal sealed record ChatRating(string Score, string? Comment, string CreatedAt);
