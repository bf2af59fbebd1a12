using System.Text.RegularExpressions;

namespace LeanChat.Mail;

/// <summary>The enhanced status code (RFC 3463) at the beginning of a mail server's reply.</summary>
internal static partial class EnhancedStatus
{
    /// <summary>
    /// No such mailbox (5.1.1), no such domain (5.1.2), not a valid address (5.1.3), mailbox moved (5.1.6),
    /// domain takes no mail (5.1.10), mailbox disabled (5.2.1).
    /// </summary>
    private static readonly string[] NoMailbox = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];

    /// <summary>Whether a reply to RCPT says that the address is at fault. Only the enhanced code counts.</summary>
    public static bool IsNoMailbox(string reply) =>
        Code().Match(reply) is { Success: true } code && NoMailbox.Contains(code.Value.TrimStart(), StringComparer.Ordinal);

    /// <summary>Whether the status of a delivery report says that the address is at fault.</summary>
    public static bool IsNoMailboxStatus(string status) => NoMailbox.Contains(status, StringComparer.Ordinal);

    [GeneratedRegex(@"^\s*[245]\.\d{1,3}\.\d{1,3}(?![\d.])")]
    private static partial Regex Code();
}
