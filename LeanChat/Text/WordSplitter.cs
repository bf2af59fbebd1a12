using System.Text;

namespace LeanChat.Text;

/// <summary>Joins folded characters to words and runs; see <see cref="SearchWords"/>.</summary>
internal sealed class WordSplitter(List<Piece> pieces, List<SearchWord> words)
{
    private readonly StringBuilder _word = new();
    private readonly List<Piece> _run = [];
    private Piece? _first;
    private Piece _last;

    /// <summary>The parts between white space that contain a joint, as ranges of pieces.</summary>
    public List<(int From, int To)> Joined { get; } = [];

    public void Run(int from, int to, bool splitJoints)
    {
        for (var at = from; at < to; at++)
        {
            var piece = pieces[at];
            if (IsJoint(piece.Rune))
            {
                if (!IsInsideWord(at, to) || (splitJoints && _run.Count == 0))
                    End();
                else if (_run.Count == 0)
                    AddJoined(at, from, to);
            }
            else if (piece.Script == Script.None)
            {
                End();
            }
            else if (piece.Script == Script.Spaced)
            {
                EndRun();
                _first ??= piece;
                _last = piece;
                _word.Append(piece.Rune);
            }
            else
            {
                EndWord();
                if (_run.Count > 0 && _run[^1].Script != piece.Script)
                    EndRun();
                if (_run.Count > 0 && Composition.Of(_run[^1].Rune, piece.Rune) is { } whole)
                    _run[^1] = _run[^1] with { Rune = whole, End = piece.End };
                else
                    _run.Add(piece);
            }
        }

        End();
    }

    /// <summary>
    /// Characters inside a word that people omit or do not see: apostrophes, the Catalan dot, soft hyphen, zero width characters.
    /// </summary>
    private static bool IsJoint(Rune rune) => IsInvisible(rune)
        || rune.Value is '\'' or '`' or 0x2018 or 0x2019 or 0x201B or 0x02B9 or 0x02BB or 0x02BC or 0x02BD or 0x05F3 or 0xB7;

    private static bool IsInvisible(Rune rune) => rune.Value is 0xAD or 0x200B or 0x200C;

    /// <summary>Whether the joint is inside a word. In scripts with spaces, a zero width space ends a word.</summary>
    private bool IsInsideWord(int at, int to)
    {
        if (at + 1 == to || IsJoint(pieces[at + 1].Rune))
            return false;
        var (joint, next) = (pieces[at].Rune, pieces[at + 1]);
        if (_run.Count > 0)
            return IsInvisible(joint) && next.Script == _run[^1].Script;
        return joint.Value != 0x200B && _first is not null && IsLetter(_last) && next.Script == Script.Spaced && IsLetter(next);
    }

    private static bool IsLetter(Piece piece) => !Rune.IsNumber(piece.Rune);

    private void AddJoined(int at, int from, int to)
    {
        if (Joined.Count > 0 && Joined[^1].To > at)
            return;
        var (first, last) = (at, at);
        while (first > from && !Rune.IsWhiteSpace(pieces[first - 1].Rune))
            first--;
        while (last < to && !Rune.IsWhiteSpace(pieces[last].Rune))
            last++;
        Joined.Add((first, last));
    }

    private void End()
    {
        EndWord();
        EndRun();
    }

    private void EndWord()
    {
        if (_first is not { } first)
            return;
        words.Add(new SearchWord(_word.ToString(), first.Start, _last.End));
        _word.Clear();
        _first = null;
    }

    private void EndRun()
    {
        for (var at = 0; at < _run.Count; at++)
        {
            var length = _run[at].Script.Length();
            var last = Math.Min(at + length, _run.Count) - 1;
            for (var each = at; each <= last; each++)
                _word.Append(_run[each].Rune);
            words.Add(new SearchWord(_word.ToString(), _run[at].Start, _run[last].End, last - at + 1 < length, GoesOn: at > 0));
            _word.Clear();
        }

        _run.Clear();
    }
}
