using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>Tells what a person typed in an e-mail from the letter that it quotes.</summary>
internal static partial class MailQuote
{
    /// <summary>Mail programs wrap the line above a quote: it has at most this many lines.</summary>
    private const int AttributionLines = 4;

    /// <summary>
    /// The text without the quoted letter. It is cut at our own line, at a mail program's header block, and where a quote begins after
    /// which nothing was typed. All of it if nothing would be left,
    /// unless files are the answer.
    /// </summary>
    /// <param name="text">The text of an e-mail. Quoted lines begin with `>`.</param>
    /// <param name="replyLines">The line above which our letters ask to reply, in every language.</param>
    /// <param name="withFiles">Whether files came with it.</param>
    public static string Cut(string text, IReadOnlyCollection<string> replyLines, bool withFiles = false)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()).ToList();
        var end = Math.Min(OwnLine(lines, replyLines), MailHeaderBlock.Find(lines));
        end = QuoteStart(lines[..Math.Min(end, lines.Count)]);
        var typed = string.Join('\n', lines.Take(end)).Trim();
        return Blank.Is(typed) && !withFiles ? string.Join('\n', lines).Trim() : typed;
    }

    /// <summary>Our own line, where the mail program does not mark the letter as a quote.</summary>
    private static int OwnLine(List<string> lines, IReadOnlyCollection<string> replyLines)
    {
        var found = lines.FindIndex(line =>
            !IsQuoted(line) && replyLines.Any(own => line.Contains(own, StringComparison.OrdinalIgnoreCase)));
        return found < 0 ? lines.Count : AttributionStart(lines, found);
    }

    /// <summary>Where the quote begins after which everything is quoted, signature or blank; the end if there is none.</summary>
    private static int QuoteStart(List<string> lines)
    {
        var start = lines.Count;
        var mayBeSignature = true;
        for (var at = lines.Count - 1; at >= 0; at--)
        {
            if (IsQuoted(lines[at]))
            {
                start = at;
                mayBeSignature = false;
            }
            else if (lines[at] is "--" or "-- " && start == lines.Count)
            {
                // What was read so far was a signature below the quote, if a quote comes next.
                mayBeSignature = false;
            }
            else if (!Blank.Is(lines[at]) && !(mayBeSignature && HasSignatureAbove(lines, at)))
            {
                break;
            }
        }

        return start == lines.Count ? start : AttributionStart(lines, start);
    }

    private static bool HasSignatureAbove(List<string> lines, int at)
    {
        for (var above = at - 1; above >= 0; above--)
        {
            if (lines[above] is "--" or "-- ")
                return true;
            if (IsQuoted(lines[above]))
                return false;
        }

        return false;
    }

    /// <summary>The first line of `On Sunday, Mia wrote:` above a quote; the quote itself where there is none.</summary>
    private static int AttributionStart(List<string> lines, int quote)
    {
        var last = quote - 1;
        while (last >= 0 && Blank.Is(lines[last]))
            last--;
        if (last < 0 || !Plain(lines[last]).EndsWith(':'))
            return quote;
        var joined = "";
        for (var first = last; first >= 0 && first > last - AttributionLines && !Blank.Is(lines[first]); first--)
        {
            joined = Plain(lines[first]) + " " + joined;
            if (IsAttribution(joined))
                return Beginning(lines, first, last);
        }

        return quote;
    }

    /// <summary>An attribution may be wrapped: it begins further up, where a line begins as attributions do.</summary>
    private static int Beginning(List<string> lines, int first, int last)
    {
        for (var above = first; above >= 0 && above > last - AttributionLines && !Blank.Is(lines[above]); above--)
        {
            if (AttributionBeginning().IsMatch(Plain(lines[above])))
                return above;
        }

        return first;
    }

    private static bool IsAttribution(string text) =>
        (text.Contains('@', StringComparison.Ordinal) || text.Any(char.IsDigit))
        && (Wrote().IsMatch(text) || AddressAtEnd().IsMatch(text));

    private static bool IsQuoted(string line) => line.TrimStart().StartsWith('>');

    /// <summary>Without the marks of direction that mail programs put round names, and with an ASCII colon.</summary>
    private static string Plain(string line) => Directions().Replace(line, "").Replace('：', ':').Trim().Trim('*', '_').Trim();

    [GeneratedRegex("[\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]")]
    private static partial Regex Directions();

    /// <summary>`wrote`, in the languages of the mail programs that put it above a quote.</summary>
    [GeneratedRegex(
        @"\b(wrote|writes|schrieb|schreef|geschreven|skrev|kirjoitti|escribió|escribio|escreveu|ha scritto|scrisse|a écrit|a ecrit" +
        @"|napisał|napisała|napisał\(a\)|pisze|napsal|napsala|napsal\(a\)|napísal|napísala|írta|a scris" +
        @"|написал|написала|написав|писал|пише|написа|έγραψε|yazdı|şunu yazdı|viết|đã viết|menulis)" +
        @"|כתב|كتب|写道|寫道|书写|書きました|のメール|작성|님이 쓴|เขียน",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Wrote();

    [GeneratedRegex(@"<[^<>\s]+@[^<>\s]+>[^<>]{0,12}:\s*$")]
    private static partial Regex AddressAtEnd();

    [GeneratedRegex(
        @"^(On|Am|Le|El|Il|Em|Op|Den|På|Dnia|W dniu|Dne|Dňa|В|Пн|Вт|Ср|Чт|Пт|Сб|Вс|На|Στις|Tarih|Pada|Vào|În|Pe" +
        @"|בתאריך|في|在|于|\d{4}[年년-])(\s|,|\d|$)", RegexOptions.CultureInvariant)]
    private static partial Regex AttributionBeginning();
}
