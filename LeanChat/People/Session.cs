namespace LeanChat.People;

/// <summary>A signed-in user or admin, or a program with an API token.</summary>
/// <param name="TokenHash">SHA-256 of the token, lower-case hex; the token itself is not stored.</param>
/// <param name="ExpiresAt">Empty for an API token, which is not prolonged by use.</param>
/// <param name="ApiToken">The API token in place of user and admin.</param>
internal sealed record Session(string TokenHash, string? UserId, string? AdminId, string ExpiresAt, ApiToken? ApiToken = null)
{
    /// <summary>Finds the sockets of this session.</summary>
    public string Key => (ApiToken is null ? KeyPrefix : TokenKeyPrefix) + TokenHash;

    /// <summary>Who writes on the admin's side: the id of the admin or of the API token.</summary>
    public string WriterId => AdminId ?? ApiToken!.Id;

    public const string KeyPrefix = "session:";
    public const string TokenKeyPrefix = "token:";
}
