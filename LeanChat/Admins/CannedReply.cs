using LeanChat.Chats;

namespace LeanChat.Admins;

internal sealed record CannedReply(string Id, string Shortcut, string Content);

internal sealed record CannedReplyBody(string? Shortcut, string? Content);
