using System.Text;
using LeanChat.Text;
using MimeKit;

namespace LeanChat.Mail;

/// <summary>The text that an e-mail shows, and the names of the files with it (RFC 2046).</summary>
internal sealed class MailParts
{
    /// <summary>Deeper nesting is a mail that wants to hurt.</summary>
    private const int Deepest = 20;

    /// <summary>More text than this is not read: no person has typed it.</summary>
    private const int LongestText = 4_000_000;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<string> _texts = [];
    private readonly List<MailFile> _files = [];
    private readonly HashSet<string> _shown = new(StringComparer.OrdinalIgnoreCase);

    static MailParts() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    private MailParts()
    {
    }

    /// <summary>
    /// The text of all parts that are shown, in their order; and the files, without the pictures that only a quote or signature shows.
    /// </summary>
    public static (string Text, IReadOnlyList<MailFile> Files) Of(MimeEntity? body)
    {
        var parts = new MailParts();
        parts.Read(body, 0);
        return (string.Join("\n\n", parts._texts),
            [.. parts._files.Where(file => file.ShownAs is null || parts._shown.Contains(file.ShownAs))]);
    }

    private void Read(MimeEntity? entity, int depth)
    {
        if (entity is null || depth > Deepest)
            return;
        if (entity is MultipartAlternative alternative)
            ReadBest(alternative, depth);
        else if (entity is MultipartRelated related)
            ReadRelated(related, depth);
        else if (entity is Multipart several)
        {
            foreach (var part in several)
                Read(part, depth + 1);
        }
        else if (entity is TextPart text && !text.IsAttachment && (text.IsPlain || text.IsHtml))
            AddText(text);
        else if (entity is MessagePart { Message: { } forwarded })
            _files.Add(new MailFile(MailFile.NameOf(forwarded.Subject, "message") + ".eml", null, () => Written(forwarded)));
        else if (entity is MimePart part && !IsMachinery(part))
        {
            _files.Add(FileOf(part, part.IsAttachment ? null : part.ContentId));
        }
    }

    /// <summary>Plain text where it says anything, else the last form that does.</summary>
    private void ReadBest(MultipartAlternative alternative, int depth)
    {
        // Pictures may lie beside the HTML while the text is read from the plain part: what the HTML shows outside quotes counts.
        var html = alternative.Select(HtmlOf).FirstOrDefault(found => found is not null);
        var plain = alternative.OfType<TextPart>().FirstOrDefault(part => part.IsPlain && !Blank.Is(Decode(part)));
        if (plain is null)
        {
            for (var at = alternative.Count - 1; at >= 0; at--)
            {
                var before = _texts.Count;
                Read(alternative[at], depth + 1);
                if (_texts.Count > before)
                    return;
            }

            return;
        }

        AddText(plain);
        if (html is not null)
            Show(MailHtml.Read(Decode(html)).Pictures);
        foreach (var other in alternative.OfType<Multipart>())
            ReadFiles(other, depth + 1);
    }

    private void ReadRelated(MultipartRelated related, int depth)
    {
        Read(related.Root, depth + 1);
        foreach (var part in related.Where(part => part != related.Root))
            ReadFiles(part, depth + 1);
    }

    private void ReadFiles(MimeEntity entity, int depth)
    {
        if (depth > Deepest)
            return;
        if (entity is Multipart several)
        {
            foreach (var part in several)
                ReadFiles(part, depth + 1);
        }
        else if (entity is MimePart part and not TextPart { IsAttachment: false } && !IsMachinery(part))
            _files.Add(FileOf(part, part.ContentId));
    }

    private static MailFile FileOf(MimePart part, string? shownAs) => new(
        MailFile.NameOf(part.FileName, part.ContentType.MediaSubtype), shownAs, () => part.Content?.Open() ?? Stream.Null);

    private static MemoryStream Written(MimeMessage message)
    {
        var bytes = new MemoryStream();
        message.WriteTo(bytes);
        bytes.Position = 0;
        return bytes;
    }

    private static TextPart? HtmlOf(MimeEntity entity) => entity switch
    {
        TextPart { IsHtml: true } html => html,
        MultipartRelated { Root: TextPart { IsHtml: true } html } => html,
        _ => null,
    };

    /// <summary>Signatures, calendar entries and what else is for programs only.</summary>
    private static bool IsMachinery(MimePart part) =>
        part.ContentType.IsMimeType("application", "pgp-signature") || part.ContentType.IsMimeType("application", "pkcs7-signature")
        || part.ContentType.IsMimeType("application", "x-pkcs7-signature") || part.ContentType.IsMimeType("text", "calendar")
        || part.ContentType.IsMimeType("application", "ms-tnef") || part.ContentType.IsMimeType("application", "ics")
        || part.ContentType.IsMimeType("text", "x-amp-html");

    private void AddText(TextPart part)
    {
        var text = Decode(part);
        if (part.IsHtml)
        {
            (text, var pictures) = MailHtml.Read(text);
            Show(pictures);
        }
        else if (part.IsFlowed)
            text = FlowedText.Unflow(text, IsDelSp(part));

        if (!Blank.Is(text))
            _texts.Add(text.Trim('\r', '\n'));
    }

    private void Show(IReadOnlyList<string> pictures) => _shown.UnionWith(pictures);

    private static bool IsDelSp(TextPart part) =>
        part.ContentType.Parameters.TryGetValue("delsp", out string? delSp)
        && string.Equals(delSp, "yes", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The text as the part's charset says, or as UTF-8 where it is valid UTF-8 and the part claims another charset of single bytes:
    /// programs that claim the wrong one are common, and other text is hardly ever valid UTF-8.
    /// </summary>
    private static string Decode(TextPart part)
    {
        if (part.Content is null)
            return "";
        using var decoded = new MemoryStream();
        part.Content.DecodeTo(decoded);
        var bytes = decoded.GetBuffer().AsSpan(0, (int)Math.Min(decoded.Length, LongestText));
        var declared = DeclaredBy(part);
        if (declared is null || declared.IsSingleByte || declared is UTF8Encoding)
        {
            try
            {
                return WithoutNul(StrictUtf8.GetString(decoded.Length > LongestText ? WholeCharacters(bytes) : bytes));
            }
            catch (DecoderFallbackException)
            {
                // Not UTF-8: as declared, or as most mail without a charset is written.
            }
        }

        var encoding = declared is null or UTF8Encoding || declared.CodePage == Encoding.ASCII.CodePage
            ? Encoding.GetEncoding(1252)
            : declared;
        return WithoutNul(encoding.GetString(bytes));
    }

    private static string WithoutNul(string text) => text.Replace("\0", "", StringComparison.Ordinal);

    private static ReadOnlySpan<byte> WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.Length;
        while (end > 0 && (bytes[end - 1] & 0xC0) == 0x80)
            end--;
        return bytes[..Math.Max(0, end - 1)];
    }

    /// <summary>Names that mail programs use and .NET does not know.</summary>
    private static string NameOf(string charset) => charset.Trim().ToLowerInvariant() switch
    {
        "utf8" => "utf-8",
        "cp1252" or "ansi" => "windows-1252",
        "gbk" or "gb2312" or "x-gbk" => "gb18030",
        "ks_c_5601-1987" or "cp949" => "ks_c_5601-1987",
        "iso-8859-8-i" or "iso-8859-8-e" => "iso-8859-8",
        var other when other.StartsWith("cp", StringComparison.Ordinal) => "windows-" + other[2..],
        var other => other,
    };

    private static Encoding? DeclaredBy(TextPart part)
    {
        try
        {
            return part.ContentType.Charset is { Length: > 0 } charset ? Encoding.GetEncoding(NameOf(charset)) : null;
        }
        catch (ArgumentException)
        {
            // A charset that nobody knows.
            return null;
        }
    }
}
