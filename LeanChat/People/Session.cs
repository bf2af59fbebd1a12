namespace LeanChat.People;

/// <summary>Somebody's right to speak as a user or as an admin.</summary>
/// <param name="TokenHash">SHA-256 of the token, lower-case hex: all that is kept of it.</param>
internal sealed record Session(string TokenHash, string? UserId, string? AdminId, string ExpiresAt)
{
    /// <summary>By which the sockets of this session are found.</summary>
    public string Key => KeyPrefix + TokenHash;

    public const string KeyPrefix = "session:";
}
