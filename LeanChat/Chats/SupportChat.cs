using System.Text.Json.Serialization;
using LeanChat.People;

namespace LeanChat.Chats;

internal sealed record SupportChat(
    string Id, IReadOnlyList<SupportMessage> Messages, string? Token, bool More, bool AdminOnline, SupportChatUser User, string? Greeting,
    int? ReplyTime, string Now, RatingRequest? Rating, long AttachmentBytes, IReadOnlyList<string> AttachmentTypes)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token { get; } = Token;
}

internal sealed record SupportChatUser(string Id, string? Email, string? Name, bool Verified);

internal sealed record IdentifyBody(string? Token, string? Email, string? Name);

internal sealed record OpenBody(string? Key);
