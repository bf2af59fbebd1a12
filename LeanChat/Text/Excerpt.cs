using System.Globalization;

namespace LeanChat.Text;

/// <summary>The beginning of a text, cut between characters.</summary>
internal static class Excerpt
{
    /// <summary>The first <paramref name="length"/> code points, cut back to a whole character (grapheme cluster, UAX #29).</summary>
    public static string Of(string text, int length)
    {
        if (text.Length <= length)
            return text;
        var (end, points) = (0, 0);
        while (end < text.Length)
        {
            var next = StringInfo.GetNextTextElementLength(text, end);
            var within = CodePoints(text.AsSpan(end, next));
            if (points + within > length)
                break;
            (end, points) = (end + next, points + within);
        }

        // The first character is longer than the excerpt: cut it between code points.
        return end > 0 ? text[..end] : string.Concat(text.EnumerateRunes().Take(length));
    }

    public static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
