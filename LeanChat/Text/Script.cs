using System.Globalization;
using System.Text;

namespace LeanChat.Text;

/// <summary>How a character forms words. Scripts without spaces are searched by a few characters in a row.</summary>
internal enum Script
{
    /// <summary>Between words.</summary>
    None,

    /// <summary>Part of a word, with spaces or signs around the word.</summary>
    Spaced,

    /// <summary>Chinese, Japanese, Korean: many characters, so two in a row are distinctive.</summary>
    Pairs,

    /// <summary>Thai, Lao, Khmer, Burmese and similar: few characters, so it takes three.</summary>
    Triples,
}

/// <summary>The script of a character, after <see cref="Folding"/>.</summary>
internal static class Scripts
{
    /// <summary>How many characters of a run make one entry of the index.</summary>
    public static int Length(this Script script) => script == Script.Triples ? 3 : 2;

    public static Script Of(Rune rune)
    {
        if (rune.IsAscii)
            return char.IsAsciiLetterOrDigit((char)rune.Value) ? Script.Spaced : Script.None;
        if (!IsWritten(Rune.GetUnicodeCategory(rune)))
            return Script.None;
        return rune.Value switch
        {
            // Thai and Lao, Burmese, Khmer, Tai Le and New Tai Lue, Tai Tham, Balinese, Javanese, Burmese and Tai Viet.
            (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x1950 and <= 0x19DF)
                or (>= 0x1A20 and <= 0x1AAF) or (>= 0x1B00 and <= 0x1B7F) or (>= 0xA980 and <= 0xA9FF)
                or (>= 0xAA60 and <= 0xAADF) => Script.Triples,
            // Hangul, Han and kana, old Hangul, Hangul, Han, Tangut and Khitan, kana, Han.
            (>= 0x1100 and <= 0x11FF) or (>= 0x2E80 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xA960 and <= 0xA97F)
                or (>= 0xAC00 and <= 0xD7FF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x16FE0 and <= 0x18DFF) or (>= 0x1AFF0 and <= 0x1B2FF)
                or (>= 0x20000 and <= 0x3FFFF) => Script.Pairs,
            _ => Script.Spaced,
        };
    }

    private static bool IsWritten(UnicodeCategory category) => category is <= UnicodeCategory.OtherNumber or UnicodeCategory.PrivateUse;
}
