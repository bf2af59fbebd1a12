namespace LeanChat.Text;

/// <summary>A host as SMTP's EHLO names it: a name, or an address in brackets (RFC 5321 §4.1.3).</summary>
internal static class HostName
{
    private const int Longest = 253;

    public static bool IsValid(string text) => text is ['[', .., ']']
        ? System.Net.IPAddress.TryParse(text[1..^1].Replace("IPv6:", "", StringComparison.OrdinalIgnoreCase), out _)
        : text.Length is > 0 and <= Longest && text.Split('.').All(IsLabel);

    /// <summary>The host of an address like `https://chat.example.com`.</summary>
    public static string Of(Uri url) => url.HostNameType switch
    {
        UriHostNameType.IPv4 => $"[{url.Host}]",
        UriHostNameType.IPv6 => $"[IPv6:{url.Host.Trim('[', ']')}]",
        _ => url.IdnHost,
    };

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
