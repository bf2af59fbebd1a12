namespace LeanChat.People;

/// <summary>A signed-in user or admin.</summary>
/// <param name="TokenHash">SHA-256 of the token, lower-case hex; the token itself is not stored.</param>
internal sealed record Session(string TokenHash, string? UserId, string? AdminId, string ExpiresAt)
{
    /// <summary>Finds the sockets of this session.</summary>
    public string Key => KeyPrefix + TokenHash;

    public const string KeyPrefix = "session:";
}
