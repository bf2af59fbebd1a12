using System.Text.Json.Serialization;
using LeanChat.Chats;
using LeanChat.Files;
using LeanChat.People;

namespace LeanChat.Admins;

/// <summary>Everything stored about a user.</summary>
/// <param name="Uploads">Files that were uploaded and are in no message yet.</param>
internal sealed record UserExport(
    User User, string? ChatId, string? ArchivedAt, IReadOnlyList<SupportMessage> Messages, IReadOnlyList<Attachment> Uploads,
    IReadOnlyList<SessionTimes> Sessions, IReadOnlyList<ConversationTimes> Conversations)
{
    /// <summary>What admins told each other; left out of what is handed to the person.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Note>? Notes { get; init; }

    /// <summary>The chat's tags; left out as well.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; init; }
}
