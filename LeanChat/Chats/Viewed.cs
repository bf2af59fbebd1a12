namespace LeanChat.Chats;

/// <summary>A chat that an admin has looked at.</summary>
/// <param name="UnreadFrom">The first message of the user that no admin had seen before; null if there was none.</param>
internal sealed record Viewed(long? UnreadFrom);
