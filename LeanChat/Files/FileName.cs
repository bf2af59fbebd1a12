using System.Globalization;
using System.Text;
using LeanChat.Text;

namespace LeanChat.Files;

/// <summary>Names of files as they are kept: one segment, without anything invisible.</summary>
internal static class FileName
{
    private const int MaxCodePoints = 200;

    /// <summary>A longer ending is none.</summary>
    private const int LongestEnding = 16;

    /// <summary>
    /// What is behind the last slash, without control and format characters (Unicode Cc, Cf), at most 200 code points, keeping its ending.
    /// Null if nothing is left.
    /// </summary>
    public static string? Clean(string? given)
    {
        var name = (given ?? "").Split('/', '\\')[^1];
        var clean = string.Concat(name.EnumerateRunes().Where(IsKept)).Trim();
        if (clean is "" or "." or ".." || Blank.Is(clean))
            return null;
        if (Excerpt.CodePoints(clean) <= MaxCodePoints)
            return clean;
        var ending = Ending(clean) is { Length: > 0 and <= LongestEnding } last ? "." + last : "";
        var stem = clean[..^ending.Length].EnumerateRunes().Take(MaxCodePoints - Excerpt.CodePoints(ending));
        return string.Concat(stem) + ending;
    }

    /// <summary>What is behind the last dot; empty without one.</summary>
    public static string Ending(string name) => name.LastIndexOf('.') is >= 0 and var dot ? name[(dot + 1)..] : "";

    /// <summary>The name of a file that has none.</summary>
    public static string Of(string type) => "file" + FileTypes.EndingOf(type);

    private static bool IsKept(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator);
}
