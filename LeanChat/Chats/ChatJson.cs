using System.Text.Json.Serialization;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>The JSON shapes of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SupportChat))]
[JsonSerializable(typeof(SupportMessage))]
[JsonSerializable(typeof(IReadOnlyList<SupportMessage>))]
[JsonSerializable(typeof(IReadOnlyList<SupportChatListItem>))]
[JsonSerializable(typeof(AdminSupportChat))]
[JsonSerializable(typeof(ReadUpTo))]
[JsonSerializable(typeof(PostBody))]
[JsonSerializable(typeof(IdentifyBody))]
[JsonSerializable(typeof(OpenBody))]
[JsonSerializable(typeof(ClientFrame))]
[JsonSerializable(typeof(ReadyFrame))]
[JsonSerializable(typeof(NewMessageFrame))]
[JsonSerializable(typeof(ReadFrame))]
[JsonSerializable(typeof(TypingFrame))]
[JsonSerializable(typeof(AdminPresenceFrame))]
[JsonSerializable(typeof(UserPresenceFrame))]
[JsonSerializable(typeof(PresenceState))]
[JsonSerializable(typeof(PresenceStateFrame))]
[JsonSerializable(typeof(NewUserMessageFrame))]
[JsonSerializable(typeof(ChatUpdatedFrame))]
[JsonSerializable(typeof(ChatDeletedFrame))]
[JsonSerializable(typeof(LetterFrame))]
[JsonSerializable(typeof(AttachmentRefusedFrame))]
[JsonSerializable(typeof(ViewingFrame))]
internal sealed partial class ChatJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly ChatJson Strict = new(StrictJson.NewOptions());
}
