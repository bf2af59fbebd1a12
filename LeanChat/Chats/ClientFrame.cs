using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>What a client says on a socket: an action and what goes with it. Other keys are ignored.</summary>
internal sealed record ClientFrame(
    string? Action, string? Token, long? After, string? Content, string? ClientId, string? Url, string? Title, string? Referrer, string? Locale, string? TimeZone)
{
    /// <summary>Null for anything but one JSON object of the right shape in which no key comes twice.</summary>
    public static ClientFrame? Read(ReadOnlyMemory<byte> utf8) => StrictJson.TryRead(utf8, ChatJson.Strict.ClientFrame);
}
