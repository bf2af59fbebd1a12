namespace LeanChat.Text;

/// <summary>Cuts a long text into pieces, where a person would.</summary>
internal static class TextPieces
{
    /// <summary>
    /// Pieces of at most <paramref name="length"/> code points: cut between paragraphs, else between lines, words or characters.
    /// No more pieces than <paramref name="most"/>; the last one may then be followed by more text.
    /// </summary>
    public static List<string> Of(string text, int length, int most)
    {
        var pieces = new List<string>();
        var rest = text;
        while (pieces.Count < most && !Blank.Is(rest))
        {
            var piece = Excerpt.Of(rest, length);
            if (piece.Length < rest.Length)
                piece = piece[..End(piece)];
            rest = rest[piece.Length..].TrimStart('\n', ' ');
            piece = piece.TrimEnd();
            if (!Blank.Is(piece))
                pieces.Add(piece);
        }

        return pieces;
    }

    /// <summary>Where to cut: not before the middle, so that no piece is tiny.</summary>
    private static int End(string piece)
    {
        foreach (var separator in (string[])["\n\n", "\n", " "])
        {
            if (piece.LastIndexOf(separator, StringComparison.Ordinal) is var at && at > piece.Length / 2)
                return at + separator.Length;
        }

        return piece.Length;
    }
}
