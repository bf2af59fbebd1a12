namespace LeanChat.Chats;

internal sealed record SupportMessage(
    string Id, long Seq, string? ClientId, string Content, string SenderType, string? SenderName, string? ReadAt, string CreatedAt);

internal sealed record ReadUpTo(string? ReadAt, long UpTo);

internal sealed record PostBody(string? Content, string? ClientId);
