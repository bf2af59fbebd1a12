using System.Text;

namespace LeanChat.Text;

/// <summary>
/// Splits text into the words it is found by. What is stored and what is asked for go through the same splitter: whichever database
/// keeps the index sees words of lower-case letters and digits, separated by spaces, and nothing of its own rules.
/// </summary>
internal static class SearchWords
{
    /// <summary>To be raised with every change to what comes out: the index is then made anew.</summary>
    public const int Version = 1;

    /// <summary>More words than anybody types: what comes after them in a query counts for nothing.</summary>
    private const int MostPhrases = 40;

    /// <summary>What the index keeps of a text: its words, separated by spaces.</summary>
    public static string Join(string? text) => string.Join(' ', Split(text ?? "").Select(word => word.Text));

    /// <summary>
    /// The words of a text in their order, and after them the parts of those with a joint: `l'avion` is found as `lavion`, `l` and `avion`.
    /// In a script without spaces each character begins an entry of two or three.
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
    /// What a query asks for: each phrase is words that follow one another, the last of them as the beginning of a word; all phrases
    /// must be found. None: the query has no word in it.
    /// </summary>
    public static List<string[]> Phrases(string query)
    {
        var phrases = new List<string[]>();
        foreach (var chunk in query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var words = new List<SearchWord>();
            var pieces = Fold(chunk);
            new WordSplitter(pieces, words).Run(0, pieces.Count, splitJoints: false);
            // A run ends with entries that are too short; here the text may go on, so only whole ones count.
            var whole = words.FindLastIndex(word => !word.IsShort || !word.GoesOn) + 1;
            if (whole > 0)
                phrases.Add([.. words.Take(whole).Select(word => word.Text)]);
            if (phrases.Count == MostPhrases)
                break;
        }

        return phrases;
    }

    private static List<Piece> Fold(string text)
    {
        var pieces = new List<Piece>(text.Length);
        Span<char> room = stackalloc char[2];
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            // A lone surrogate is enumerated as one character, too.
            var end = at + rune.Utf16SequenceLength;
            foreach (var folded in Folding.Of(rune, room).EnumerateRunes())
                pieces.Add(new Piece(folded, Scripts.Of(folded), at, end));
            at = end;
        }

        return pieces;
    }
}

/// <summary>A word and where it stands in its text, in UTF-16 units.</summary>
/// <param name="IsShort">An entry of fewer characters than its script's entries have.</param>
/// <param name="GoesOn">It continues an entry before it.</param>
internal readonly record struct SearchWord(string Text, int Start, int End, bool IsShort = false, bool GoesOn = false);

/// <summary>A folded character and where what it was folded from stands.</summary>
internal readonly record struct Piece(Rune Rune, Script Script, int Start, int End);
