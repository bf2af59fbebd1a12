using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit;
using MimeKit.Utils;

namespace LeanChat.Mail;

/// <summary>What the headers of an e-mail in the mailbox say (RFC 5322).</summary>
/// <param name="Id">By which it is taken once: the SHA-256 of the Message-ID; null without one.</param>
/// <param name="MessageId">Its own Message-ID, without brackets.</param>
/// <param name="Keys">The keys of our letters that it names, the nearest first.</param>
/// <param name="From">The addresses in From.</param>
/// <param name="Automatic">Whether a program wrote it, so that nobody has answered.</param>
/// <param name="Report">Whether it may be a delivery report.</param>
internal sealed partial record IncomingMail(
    string? Id, string? MessageId, IReadOnlyList<string> Keys, IReadOnlyList<string> From, bool Automatic, bool Report)
{
    /// <summary>Whether it concerns us: an answer to a letter of ours, or a report about one.</summary>
    public bool MayBeOurs => Report || AllKeys.Any();

    /// <summary>Also the key in its own Message-ID: then it is a letter of ours.</summary>
    public IEnumerable<string> AllKeys => MessageId is { } id && ReplyKey.In(id) is { } own ? Keys.Append(own) : Keys;

    /// <summary>Reads the headers.</summary>
    public static IncomingMail Read(HeaderList headers)
    {
        var messageId = MimeUtils.EnumerateReferences(headers[HeaderId.MessageId] ?? "").FirstOrDefault();
        var keys = KeysOf(headers).Distinct(StringComparer.Ordinal).ToList();
        return new IncomingMail(
            messageId is null ? null : Hash(messageId), messageId, keys, FromOf(headers), IsAutomatic(headers, keys.Count > 0),
            (headers[HeaderId.ContentType] ?? "").TrimStart().StartsWith("multipart/report", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The id of a mail without a Message-ID: the SHA-256 of all of it.</summary>
    public static string Hash(Stream mail) => Convert.ToHexStringLower(SHA256.HashData(mail));

    /// <summary>The SHA-256 of a Message-ID.</summary>
    private static string Hash(string messageId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(messageId)));

    /// <summary>First what it answers, then what went before, newest first; last the `+part` of the address it was sent to.</summary>
    private static IEnumerable<string> KeysOf(HeaderList headers)
    {
        foreach (var id in MimeUtils.EnumerateReferences(headers[HeaderId.InReplyTo] ?? ""))
        {
            if (ReplyKey.In(id) is { } key)
                yield return key;
        }

        foreach (var id in MimeUtils.EnumerateReferences(headers[HeaderId.References] ?? "").Reverse())
        {
            if (ReplyKey.In(id) is { } key)
                yield return key;
        }

        foreach (var name in (string[])["Delivered-To", "X-Original-To", "To", "Cc"])
        {
            foreach (var address in Addresses(headers[name]))
            {
                if (ReplyKey.InAddress(address) is { } key)
                    yield return key;
            }
        }
    }

    /// <summary>An address that cannot be read counts as well: a mail with it has more than one sender.</summary>
    private static List<string> FromOf(HeaderList headers) =>
        [.. headers.Where(header => header.Id == HeaderId.From).SelectMany(header => Addresses(header.Value))];

    private static IEnumerable<string> Addresses(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];
        return InternetAddressList.TryParse(text, out var list) ? list.Mailboxes.Select(mailbox => mailbox.Address) : [text.Trim()];
    }

    /// <summary>
    /// Mailing lists and the like say so too, but a person's answer may have passed through one: it names a letter of ours.
    /// </summary>
    private static bool IsAutomatic(HeaderList headers, bool namesOurs)
    {
        if (headers["Auto-Submitted"] is { } submitted && Word(submitted) is not ("" or "no"))
            return true;
        if (headers[HeaderId.ReturnPath] is { } path && path.Trim() == "<>")
            return true;
        return !namesOurs && (Word(headers["Precedence"] ?? "") is "bulk" or "list" or "junk" or "auto_reply"
            || headers["List-Id"] is not null || headers["X-Auto-Response-Suppress"] is not null);
    }

    /// <summary>The first word of a header, without comments (RFC 5322 §3.2.2).</summary>
    private static string Word(string value) =>
        Comment().Replace(value, " ").Trim().Split(';', ' ', '\t')[0].Trim().ToLowerInvariant();

    [GeneratedRegex(@"\([^()]*\)")]
    private static partial Regex Comment();
}
