using System.Text;

namespace LeanChat.Mail;

/// <summary>The text of an e-mail's bytes, whatever charset it claims.</summary>
internal static class MailCharset
{
    /// <summary>More text than this is not read: no person has typed it.</summary>
    private const int LongestText = 4_000_000;

    /// <summary>UTF-32 before UTF-16, because its mark begins with the same two bytes.</summary>
    private static readonly Encoding[] Marking =
        [Encoding.UTF32, new UTF32Encoding(true, true), Encoding.Unicode, Encoding.BigEndianUnicode];

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    static MailCharset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>
    /// The text as the part's charset says, or as UTF-8 where it is valid UTF-8 and the part claims another charset of single bytes:
    /// programs that claim the wrong one are common, and other text is hardly ever valid UTF-8.
    /// </summary>
    public static string Read(ReadOnlySpan<byte> all, string? charset)
    {
        // A mark of the byte order (RFC 2781 §3.2) is no text.
        var text = Read(all, MarkedBy(all) ?? DeclaredBy(charset));
        return text.TrimStart('\uFEFF').Replace("\0", "", StringComparison.Ordinal);
    }

    private static string Read(ReadOnlySpan<byte> all, Encoding? declared)
    {
        var bytes = all[..Math.Min(all.Length, LongestText)];
        if (declared is null || declared.IsSingleByte || declared is UTF8Encoding)
        {
            try
            {
                return StrictUtf8.GetString(all.Length > LongestText ? WholeCharacters(bytes) : bytes);
            }
            catch (DecoderFallbackException)
            {
                // Not UTF-8: as declared, or as most mail without a charset is written.
            }
        }

        var encoding = declared is null or UTF8Encoding || declared.CodePage == Encoding.ASCII.CodePage
            ? Encoding.GetEncoding(1252)
            : declared;
        return encoding.GetString(bytes);
    }

    /// <summary>`utf-16` alone does not say which byte comes first: the mark does.</summary>
    private static Encoding? MarkedBy(ReadOnlySpan<byte> bytes)
    {
        foreach (var encoding in Marking)
        {
            if (bytes.StartsWith(encoding.Preamble))
                return encoding;
        }

        return null;
    }

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

    private static Encoding? DeclaredBy(string? charset)
    {
        try
        {
            return charset is { Length: > 0 } ? Encoding.GetEncoding(NameOf(charset)) : null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // A charset that nobody knows, or UTF-7.
            return null;
        }
    }
}
