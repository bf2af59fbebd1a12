using System.Globalization;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>A visitor whose messages wait for an admin: what an admin's letter tells of them.</summary>
internal sealed record WaitingVisitor(string? Name, string? Email, string? PageUrl, string? PageTitle, string? TimeZone)
{
    /// <summary>The page, and the time where the visitor is, as far as the widget has told them.</summary>
    public IReadOnlyList<string> Facts(DateTimeOffset now)
    {
        var facts = new List<string>();
        if (PageUrl is { } url)
            facts.Add(PageTitle is { Length: > 0 } title ? $"Page: {title} – {url}" : $"Page: {url}");
        if (TimeZone is { } id && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone))
            facts.Add(string.Create(CultureInfo.InvariantCulture, $"Their time: {TimeZoneInfo.ConvertTime(now, zone):dddd, HH:mm} ({id})"));
        return facts;
    }

    /// <summary>A link that begins an e-mail to the visitor; none without an address.</summary>
    public IEnumerable<LetterLink> MailTo() => EmailAddress.TryParse(Email) is { } address
        ? [new($"Write an e-mail to {address.Typed}", new Uri("mailto:" + Escaped(address.Wire)))]
        : [];

    private static string Escaped(string address) => string.Join('@', address.Split('@').Select(Uri.EscapeDataString));
}
