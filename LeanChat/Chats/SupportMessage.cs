using System.Text.Json.Serialization;
using LeanChat.Files;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <param name="Via">How it came: `chat`, `email` or `api`.</param>
/// <param name="EditedAt">When its words were last changed.</param>
/// <param name="DeletedAt">When they were deleted; the content is empty then.</param>
internal sealed record SupportMessage(
    string Id, long Seq, string? ClientId, string Content, string SenderType, string? SenderName, string? ReadAt, string CreatedAt,
    IReadOnlyList<Attachment> Attachments, string Via = SupportMessage.Chat, string? EditedAt = null, string? DeletedAt = null)
{
    /// <summary>It was typed in the widget or the dashboard.</summary>
    public const string Chat = "chat";

    /// <summary>It answered a letter.</summary>
    public const string Email = "email";

    /// <summary>A program sent it.</summary>
    public const string Api = "api";

    /// <summary>What lists show of it: its words, or the name of its first file.</summary>
    [JsonIgnore]
    public string Preview => Excerpt.Of(
        Attachments is [var first, ..] && Blank.Is(Content) ? first.Name : Content, Chats.Content.PreviewLength);
}

internal sealed record ReadUpTo(string? ReadAt, long UpTo);

/// <param name="AttachmentIds">Files that were uploaded before.</param>
internal sealed record PostBody(string? Content, string? ClientId, IReadOnlyList<string>? AttachmentIds);
