using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace LeanChat.Text;

/// <summary>Text without anything visible.</summary>
internal static class Blank
{
    /// <summary>
    /// Whether a text shows nothing: white space, control and format characters, default-ignorable code points (Unicode 17, §5.21)
    /// and letters without a glyph. An emoji with joiners and variation selectors is visible.
    /// </summary>
    public static bool Is([NotNullWhen(false)] string? text)
    {
        if (text is null)
            return true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsInvisible(rune))
                return false;
        }

        return true;
    }

    /// <summary>The trimmed text; null when it shows nothing.</summary>
    public static string? Trim(string? text) => Is(text) ? null : text.Trim();

    private static bool IsInvisible(Rune rune) => rune.Value switch
    {
        // Format characters that are visible: the Arabic, Syriac and Kaithi signs over a number.
        (>= 0x0600 and <= 0x0605) or 0x06DD or 0x070F or 0x0890 or 0x0891 or 0x08E2 or 0x110BD or 0x110CD => false,
        // Fillers of Hangul, unwritten vowels of Khmer, variation selectors, tags, the empty Braille cell, a note without a head.
        0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x17B4 or 0x17B5 or 0x034F or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F)
            or 0x2065 or (>= 0xFFF0 and <= 0xFFFB) or (>= 0xE0000 and <= 0xE0FFF) or 0x2800 or 0x1D159 or 0x16FE4 => true,
        _ => Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format,
    };
}
