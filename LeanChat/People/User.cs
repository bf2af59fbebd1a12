using System.Text.Json.Serialization;

namespace LeanChat.People;

/// <summary>The person on the website; anonymous until named.</summary>
internal sealed record User(
    string Id,
    string? Subject,
    string? Email,
    bool EmailVerified,
    string? Name,
    string CreatedAt,
    string? BlockedAt,
    string? PageUrl,
    string? PageTitle,
    string? Referrer,
    string? UserAgent,
    string? Locale,
    string? TimeZone,
    string? Language,
    [property: JsonIgnore] string? StoredPages)
{
    /// <summary>The last pages that they have seen, newest first.</summary>
    public IReadOnlyList<PageView> Pages { get; } = PageView.Read(StoredPages);
}

/// <summary>A person who answers in the dashboard.</summary>
internal sealed record Admin(string Id, string Email, string? Name, string PasswordHash, string CreatedAt);
