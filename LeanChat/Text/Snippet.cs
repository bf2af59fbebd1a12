using System.Globalization;

namespace LeanChat.Text;

/// <summary>The part of a text in which a search found something.</summary>
internal static class Snippet
{
    private const int Before = 40;
    private const int After = 80;

    /// <summary>The words around the first of <paramref name="phrases"/> in a text, `…` where it is cut; else its beginning.</summary>
    public static string Around(string text, IReadOnlyList<string[]> phrases)
    {
        var words = SearchWords.Split(text);
        var found = phrases.Select(phrase => Find(words, phrase)).Where(at => at >= 0)
            .Select(at => words[at].Start).DefaultIfEmpty(0).Min();
        var start = found <= Before
            ? 0
            : words.Select(word => word.Start).Where(at => at >= found - Before && IsEdge(text, at)).DefaultIfEmpty(found).Min();
        var end = text.Length - found <= After
            ? text.Length
            : words.Select(word => word.End).Where(at => at > found && at <= found + After && IsEdge(text, at))
                .DefaultIfEmpty(found + After).Max();
        // No word ended there: then between characters at least.
        while (end < text.Length && !IsEdge(text, end))
            end++;
        return (start > 0 ? "…" : "") + text[start..end] + (end < text.Length ? "…" : "");
    }

    private static int Find(List<SearchWord> words, string[] phrase)
    {
        for (var at = 0; at + phrase.Length <= words.Count; at++)
        {
            var next = 0;
            while (next < phrase.Length - 1 && words[at + next].Text == phrase[next])
                next++;
            if (next == phrase.Length - 1 && words[at + next].Text.StartsWith(phrase[next], StringComparison.Ordinal))
                return at;
        }

        return -1;
    }

    /// <summary>Not inside a surrogate pair, and not before a mark of the character before.</summary>
    private static bool IsEdge(string text, int at) => at >= text.Length || (!char.IsLowSurrogate(text[at])
        && CharUnicodeInfo.GetUnicodeCategory(text, at) is not (>= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark));
}
