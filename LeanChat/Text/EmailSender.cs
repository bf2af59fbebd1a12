namespace LeanChat.Text;

/// <summary>The sender of e-mails: an address, with or without a name (RFC 5322 §3.4: `Shop &lt;help@shop.example&gt;`).</summary>
internal sealed record EmailSender(string? Name, EmailAddress Address)
{
    private const int LongestName = 100;

    /// <summary>
    /// Reads `help@shop.example`, `Shop &lt;help@shop.example&gt;` or `"Shop, Ltd" &lt;help@shop.example&gt;`; null for anything else.
    /// </summary>
    public static EmailSender? TryParse(string? text)
    {
        var typed = (text ?? "").Trim();
        var open = typed.EndsWith('>') ? typed.LastIndexOf('<') : -1;
        if (EmailAddress.TryParse(open < 0 ? typed : typed[(open + 1)..^1]) is not { } address)
            return null;
        var name = open < 0 ? "" : Unquoted(typed[..open].Trim());
        return IsName(name) ? new EmailSender(name.Length > 0 ? name : null, address) : null;
    }

    private static string Unquoted(string name) => name is ['"', .., '"'] && name.Length > 1
        ? name[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal).Trim()
        : name;

    /// <summary>Nothing that could become another header or address, or be read as an encoded word (RFC 2047).</summary>
    private static bool IsName(string name) => name.Length <= LongestName && !name.Contains("=?", StringComparison.Ordinal)
        && !name.EnumerateRunes().Any(rune => rune.Value is '<' or '>' or 0xFFFD || System.Text.Rune.IsControl(rune));
}
