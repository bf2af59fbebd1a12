using System.Text.Json.Serialization;

namespace LeanChat.Chats;

internal sealed record SupportChatListItem(
    string Id, string UserId, string? UserEmail, string? UserName, bool UserVerified, string? LastMessageAt, string? LastMessagePreview,
    string? LastMessageSender, string? LastMessageName, string? LastMessageAdminId, long MessageCount, bool Unread, long UnreadCount,
    bool Archived, bool UserOnline, string? PageUrl)
{
    /// <summary>For a search: the text around the newest hit in the chat.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hit { get; init; }
}
