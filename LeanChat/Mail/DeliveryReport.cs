using LeanChat.Text;
using MimeKit;

namespace LeanChat.Mail;

/// <summary>A delivery report (RFC 3464): a letter of ours could not be delivered.</summary>
/// <param name="Key">The key of the letter, from the headers that came back.</param>
/// <param name="Status">The enhanced status code, like 5.1.1.</param>
/// <param name="Error">The other server's words.</param>
internal sealed record DeliveryReport(string Key, string Status, string Error)
{
    private const int LongestError = 300;

    /// <summary>Reads a report of a failure; null for anything else, and for reports about letters of others.</summary>
    public static DeliveryReport? Read(MimeMessage mail)
    {
        if (mail.Body is not MultipartReport report || report.OfType<MessageDeliveryStatus>().FirstOrDefault() is not { } status)
            return null;
        var failed = status.StatusGroups.FirstOrDefault(group =>
            string.Equals(group["Action"]?.Trim(), "failed", StringComparison.OrdinalIgnoreCase));
        if (failed is null || ReturnedId(report) is not { } id || ReplyKey.In(id) is not { } key)
            return null;
        var code = (failed["Status"] ?? "").Trim().Split(' ', '(')[0];
        var words = failed["Diagnostic-Code"] is { } said ? said[(said.IndexOf(';', StringComparison.Ordinal) + 1)..] : code;
        return new DeliveryReport(key, code, Excerpt.Of(OneLine(words), LongestError));
    }

    /// <summary>The Message-ID of the letter that came back, whole or its headers only.</summary>
    private static string? ReturnedId(MultipartReport report)
    {
        foreach (var part in report)
        {
            if (part is MessagePart { Message: { } returned })
                return returned.MessageId;
            if (part is MimePart { Content: { } content } headers && headers.ContentType.IsMimeType("text", "rfc822-headers"))
            {
                using var stream = content.Open();
                return HeaderList.Load(stream)[HeaderId.MessageId]?.Trim().Trim('<', '>');
            }
        }

        return null;
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
