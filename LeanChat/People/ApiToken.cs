namespace LeanChat.People;

/// <summary>A token by which a program uses the admin's side of the API. The token itself is not stored.</summary>
/// <param name="Name">What users see as the sender's name.</param>
/// <param name="ExpiresAt">Null: never.</param>
internal sealed record ApiToken(string Id, string Name, string CreatedAt, string? ExpiresAt, string? LastUsedAt)
{
    /// <summary>What every token begins with, so that people and programs that look for leaked secrets know it.</summary>
    public const string Prefix = "lct_";
}
