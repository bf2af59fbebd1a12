using System.Globalization;

namespace LeanChat.Text;

/// <summary>The part of a text in which a search found something.</summary>
internal static class Snippet
{
    private const int Before = 40;
    private const int After = 80;

    /// <summary>The text around the first match of <paramref name="phrases"/>, or its beginning, with `…` where it is cut.</summary>
    public static string Around(string text, IReadOnlyList<string[]> phrases)
    {
        var words = SearchWords.Split(text);
        var found = phrases.Select(phrase => Find(words, phrase)).Where(at => at >= 0)
            .Select(at => words[at].Start).DefaultIfEmpty(0).Min();
        var start = found <= Before
            ? 0
            : words.Select(word => word.Start).Where(at => at >= found - Before && CanCut(text, at)).DefaultIfEmpty(found).Min();
        var end = text.Length - found <= After
            ? text.Length
            : words.Select(word => word.End).Where(at => at > found && at <= found + After && CanCut(text, at))
                .DefaultIfEmpty(found + After).Max();
        // If no word ends there, cut between characters.
        while (end < text.Length && !CanCut(text, end))
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

    /// <summary>Whether a cut is possible: not inside a surrogate pair, and not before a combining mark.</summary>
    private static bool CanCut(string text, int at) => at >= text.Length || (!char.IsLowSurrogate(text[at])
        && CharUnicodeInfo.GetUnicodeCategory(text, at) is not (>= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark));
}
