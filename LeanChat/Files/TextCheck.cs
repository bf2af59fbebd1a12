using System.Buffers;
using System.Text;

namespace LeanChat.Files;

/// <summary>
/// Whether a file is text, looked at piece by piece: UTF-8, or UTF-16 with a byte order mark, without control characters but tab, line
/// feed, form feed and carriage return.
/// </summary>
internal sealed class TextCheck
{
    private static readonly SearchValues<char> Wrong = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(value => (char)value)
            .Where(c => char.IsControl(c) && c is not ('\t' or '\n' or '\f' or '\r'))]);

    private Decoder? _decoder;

    public bool IsText { get; private set; } = true;

    /// <summary>Looks at the next piece.</summary>
    /// <param name="bytes">The piece.</param>
    /// <param name="last">Whether the file ends here: half a character is none.</param>
    public void Add(ReadOnlySpan<byte> bytes, bool last)
    {
        if (!IsText)
            return;
        _decoder ??= EncodingOf(bytes).GetDecoder();
        Span<char> characters = stackalloc char[1024];
        try
        {
            var done = false;
            while (!done)
            {
                _decoder.Convert(bytes, characters, last, out var used, out var made, out done);
                bytes = bytes[used..];
                IsText &= !characters[..made].ContainsAny(Wrong);
            }
        }
        catch (DecoderFallbackException)
        {
            // Not valid in this encoding.
            IsText = false;
        }
    }

    /// <summary>The type of a text that begins like markup; null for any other.</summary>
    public static string? Markup(ReadOnlySpan<byte> head)
    {
        var begin = EncodingOf(head).GetPreamble() is { Length: > 0 } mark && head.StartsWith(mark) ? mark.Length : 0;
        var text = Encoding.UTF8.GetString(head[begin..Math.Min(head.Length, 1024)])
            .Replace("\0", "", StringComparison.Ordinal).TrimStart();
        return text.StartsWith("<svg", StringComparison.OrdinalIgnoreCase) ? "image/svg+xml"
            : text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase) ? "text/html"
            : !text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase)
                && !text.StartsWith("<!", StringComparison.Ordinal) ? null
            : text.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? "image/svg+xml"
            : text.Contains("<html", StringComparison.OrdinalIgnoreCase) ? "application/xhtml+xml"
            : "application/xml";
    }

    private static Encoding EncodingOf(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
        _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
    };
}
