using System.Text;

namespace LeanChat.Text;

/// <summary>
/// Splits text into the words by which it is found. Stored text and queries go through the same splitter. Any database can keep the
/// index: it gets only words of lower-case letters and digits, separated by spaces.
/// </summary>
internal static class SearchWords
{
    /// <summary>Raise it with every change of the result: the index is then rebuilt.</summary>
    public const int Version = 1;

    /// <summary>More than anybody types. The rest of a query is ignored.</summary>
    private const int MaxPhrases = 40;

    /// <summary>The words of a text, separated by spaces, as the index keeps them.</summary>
    public static string Join(string? text) => string.Join(' ', Split(text ?? "").Select(word => word.Text));

    /// <summary>
    /// The words of a text in order, then the parts of words with a joint: `l'avion` is found as `lavion`, `l` and `avion`. In a script
    /// without spaces, each character begins an entry of two or three.
    /// </summary>
    public static List<SearchWord> Split(string text)
    {
        var words = new List<SearchWord>();
        var pieces = Fold(text);
        var splitter = new WordSplitter(pieces, words);
        splitter.Run(0, pieces.Count, splitJoints: false);
        foreach (var (from, to) in splitter.Joined)
            splitter.Run(from, to, splitJoints: true);
        return words;
    }

    /// <summary>
    /// The phrases of a query, all of which must be found. A phrase is words in a row, the last of which may be the beginning of a word.
    /// Empty: the query has no words.
    /// </summary>
    public static List<string[]> Phrases(string query)
    {
        var phrases = new List<string[]>();
        foreach (var chunk in query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var words = new List<SearchWord>();
            var pieces = Fold(chunk);
            new WordSplitter(pieces, words).Run(0, pieces.Count, splitJoints: false);
            // A run ends with entries that are too short. The searched text may go on there, so only full ones count.
            var whole = words.FindLastIndex(word => !word.IsShort || !word.GoesOn) + 1;
            if (whole > 0)
                phrases.Add([.. words.Take(whole).Select(word => word.Text)]);
            if (phrases.Count == MaxPhrases)
                break;
        }

        return phrases;
    }

    private static List<Piece> Fold(string text)
    {
        var pieces = new List<Piece>(text.Length);
        Span<char> buffer = stackalloc char[2];
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            // A lone surrogate counts as one character, too.
            var end = at + rune.Utf16SequenceLength;
            foreach (var folded in Folding.Of(rune, buffer).EnumerateRunes())
                pieces.Add(new Piece(folded, Scripts.Of(folded), at, end));
            at = end;
        }

        return pieces;
    }
}

/// <summary>A word and its place in the text, in UTF-16 units.</summary>
/// <param name="IsShort">An entry of fewer characters than its script's entries have.</param>
/// <param name="GoesOn">It continues an entry before it.</param>
internal readonly record struct SearchWord(string Text, int Start, int End, bool IsShort = false, bool GoesOn = false);

/// <summary>A folded character, and the place of its original in the text.</summary>
internal readonly record struct Piece(Rune Rune, Script Script, int Start, int End);
