using LeanChat.Chats;

namespace LeanChat.Admins;

/// <summary>A frequent answer.</summary>
/// <param name="Shortcut">What an admin types to get it: one word.</param>
internal sealed record CannedReply(string Id, string Shortcut, string Content);

/// <summary>What a new or changed reply is to be.</summary>
internal sealed record CannedReplyBody(string? Shortcut, string? Content);
