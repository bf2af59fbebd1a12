using System.Text.RegularExpressions;

namespace LeanChat.Mail;

/// <summary>The enhanced status code (RFC 3463) at the beginning of what a mail server said.</summary>
internal static partial class EnhancedStatus
{
    /// <summary>No such mailbox (5.1.1), domain (5.1.2), such an address at all (5.1.3), moved away (5.1.6), takes no mail (5.1.10), switched off (5.2.1).</summary>
    private static readonly string[] NoMailbox = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];

    /// <summary>Whether an answer to RCPT says that the fault is the address's own. The enhanced code decides, not the SMTP code before it.</summary>
    public static bool IsNoMailbox(string answer) => Code().Match(answer) is { Success: true } code && NoMailbox.Contains(code.Value.TrimStart(), StringComparer.Ordinal);

    [GeneratedRegex(@"^\s*[245]\.\d{1,3}\.\d{1,3}(?![\d.])")]
    private static partial Regex Code();
}
