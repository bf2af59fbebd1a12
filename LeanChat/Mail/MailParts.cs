using System.Text;
using LeanChat.Text;
using MimeKit;

namespace LeanChat.Mail;

/// <summary>The text that an e-mail shows, and the names of the files with it (RFC 2046).</summary>
internal sealed class MailParts
{
    /// <summary>Deeper nesting is a mail that wants to hurt.</summary>
    private const int Deepest = 20;

    private readonly List<string> _texts = [];
    private readonly List<MailFile> _files = [];
    private readonly HashSet<string> _shown = new(StringComparer.OrdinalIgnoreCase);

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
        if (entity is Multipart { Count: 0 } undivided)
            AddText(undivided.Preamble ?? "");
        else if (entity is MultipartAlternative alternative)
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
            _files.Add(new MailFile(
                (MailFile.NameOf(forwarded.Subject) ?? "message") + ".eml", "message/rfc822", null, () => Written(forwarded)));
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
        MailFile.NameOf(part.FileName), part.ContentType.MimeType.ToLowerInvariant(), shownAs, () => part.Content?.Open() ?? Stream.Null);

    /// <summary>A letter of ours that was forwarded keeps no key.</summary>
    private static MemoryStream Written(MimeMessage message)
    {
        foreach (var part in message.BodyParts.OfType<TextPart>())
        {
            var text = Decode(part);
            if (LetterLinks.WithoutSecrets(text) is var open && open != text)
                part.SetText(Encoding.UTF8, open);
        }

        foreach (var header in message.Headers.Where(header => header.Id == HeaderId.ListUnsubscribe))
            header.Value = LetterLinks.WithoutSecrets(header.Value);
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

        AddText(text);
    }

    private void AddText(string text)
    {
        if (!Blank.Is(text))
            _texts.Add(text.Trim('\r', '\n'));
    }

    private void Show(IReadOnlyList<string> pictures) => _shown.UnionWith(pictures);

    private static bool IsDelSp(TextPart part) =>
        part.ContentType.Parameters.TryGetValue("delsp", out string? delSp)
        && string.Equals(delSp, "yes", StringComparison.OrdinalIgnoreCase);

    private static string Decode(TextPart part)
    {
        if (part.Content is null)
            return "";
        using var decoded = new MemoryStream();
        part.Content.DecodeTo(decoded);
        return MailCharset.Read(decoded.GetBuffer().AsSpan(0, (int)decoded.Length), part.ContentType.Charset);
    }
}
