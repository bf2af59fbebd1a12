using System.Globalization;
using System.Text;

namespace LeanChat.Text;

/// <summary>
/// An e-mail address that can be sent to (RFC 5321 §4.1.2): ASCII before the @; after it a host name, which may be international.
/// </summary>
/// <param name="Typed">As it was typed, without white space at the ends.</param>
/// <param name="Wire">As SMTP and an e-mail's headers carry it, all ASCII.</param>
/// <param name="Key">The form by which addresses are compared: equal for all spellings of one address.</param>
internal sealed record EmailAddress(string Typed, string Wire, string Key)
{
    /// <summary>The error for an address that is not accepted.</summary>
    public const string Wanted = "No e-mail can be sent to that address. Enter one like name@example.com.";

    /// <summary>RFC 5321 §4.5.3.1: characters before the @, in one part of the host name, and in all.</summary>
    private const int LongestLocal = 64;
    private const int LongestLabel = 63;
    private const int Longest = 254;

    /// <summary>The domain, as DNS knows it.</summary>
    public string Host => Wire[(Wire.LastIndexOf('@') + 1)..];

    /// <summary>Reads one address; null for anything else, and for addresses that cannot be sent to.</summary>
    public static EmailAddress? TryParse(string? text)
    {
        var typed = (text ?? "").Trim();
        var at = typed.LastIndexOf('@');
        if (at < 1)
            return null;
        var domain = typed[(at + 1)..];
        if (Unquoted(typed[..at]) is not { } local || HostOf(domain) is not { } host)
            return null;
        // Dots at the ends or side by side need quotes (RFC 5321 §4.1.2). Such addresses exist, at docomo.ne.jp for example.
        var wire = (local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal) ? $"\"{local}\"" : local)
            + "@" + (domain.All(char.IsAscii) ? domain : host);
        return wire.Length > Longest ? null : new EmailAddress(typed, wire, $"{local.ToLowerInvariant()}@{host}");
    }

    /// <summary>The key of a text that is, or should be, an address.</summary>
    public static string KeyOf(string? text) => TryParse(text)?.Key ?? Fold(text);

    /// <summary>The trimmed text in lower case: the key of what is no address, and of addresses stored before keys existed.</summary>
    public static string Fold(string? text) => (text ?? "").Trim().ToLowerInvariant();

    private static string? Unquoted(string local)
    {
        if (local is ['"', _, .., '"'])
            local = local[1..^1];
        return local.Length is > 0 and <= LongestLocal && local.All(c => c == '.' || IsAtom(c)) ? local : null;
    }

    /// <summary>`atext` (RFC 5322 §3.2.3).</summary>
    private static bool IsAtom(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal);

    private static string? HostOf(string domain)
    {
        var host = domain.ToLowerInvariant();
        if (!host.Split('.').All(IsLabel))
            return null;
        if (host.All(char.IsAscii))
            return host;
        try
        {
            host = new IdnMapping().GetAscii(host);
            return host.Split('.').All(IsLabel) ? host : null;
        }
        catch (ArgumentException)
        {
            // Too long in ASCII, or with letters that a host name cannot have.
            return null;
        }
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel && label[0] != '-' && label[^1] != '-' && label.EnumerateRunes().All(IsHostLetter);

    /// <summary>False for characters that IDNA (RFC 5891) would map to others: full width, compatibility forms, separate accents.</summary>
    private static bool IsHostLetter(Rune rune) => rune.IsAscii
        ? Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_'
        : rune.Value is not ((>= 0x300 and <= 0x36F) or (>= 0xF900 and <= 0xFFFF))
            && Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.DecimalDigitNumber;
}
