using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LeanChat.Text;

/// <summary>A token of opening hours as people write them; see <see cref="OpeningHoursParser"/>.</summary>
/// <param name="Text">As it was written, folded.</param>
internal sealed record HoursToken(HoursTokenKind Kind, string Text, int[]? Days = null, ClockTime? Time = null);

internal enum HoursTokenKind
{
    Days,
    Time,
    Range,
    Closed,
    AllDay,
    Always,
    Unknown,
}

/// <summary>A time as it was written.</summary>
/// <param name="Minute">The minute of the day, by the clock that was written: 12 or 24 hours.</param>
/// <param name="Half">True for pm, false for am, null for neither.</param>
/// <param name="IsPlain">It could be of either clock: 1 to 12, without a leading zero.</param>
internal sealed record ClockTime(int Minute, bool? Half, bool IsPlain);

/// <summary>Splits opening hours into words, times and dashes. Skips words that change nothing.</summary>
internal static partial class OpeningHoursScanner
{
    public static IEnumerable<HoursToken> Scan(string text)
    {
        foreach (Match match in Parts().Matches(WholeDay().Replace(EveryDay().Replace(Fold(text), " daily "), "$1 allday ")))
        {
            var part = match.Value;
            if (match.Groups["hour"].Success)
                yield return Time(match);
            else if (part is "allday")
                yield return new(HoursTokenKind.AllDay, "24 hours");
            else if (part is "24/7" || OpeningHoursWords.IsAlways(part))
                yield return new(HoursTokenKind.Always, part);
            else if (OpeningHoursWords.DaysNamed(part) is { } days)
                yield return new(HoursTokenKind.Days, part, days);
            else if (OpeningHoursWords.Time(part) is { } minute)
                yield return new(HoursTokenKind.Time, part, Time: new ClockTime(minute, minute >= 720, IsPlain: false));
            else if (OpeningHoursWords.IsRange(part))
                yield return new(HoursTokenKind.Range, part);
            else if (OpeningHoursWords.IsClosed(part))
                yield return new(HoursTokenKind.Closed, part);
            else if (!OpeningHoursWords.IsFiller(part))
                yield return new(HoursTokenKind.Unknown, part);
        }
    }

    private static HoursToken Time(Match match)
    {
        var digits = match.Groups["hour"].Value;
        var minutes = match.Groups["minute"].Success ? match.Groups["minute"].Value : digits.Length > 2 ? digits[^2..] : "0";
        var hours = digits.Length > 2 ? digits[..^2] : digits;
        var (hour, minute) = (int.Parse(hours, CultureInfo.InvariantCulture), int.Parse(minutes, CultureInfo.InvariantCulture));
        bool? half = match.Groups["half"].Success ? match.Groups["half"].Value[0] == 'p' : null;
        if (minute > 59 || hour > 24 || (hour == 24 && minute > 0) || (half is not null && hour > 12))
            return new(HoursTokenKind.Unknown, match.Value.Trim());
        if (half is { } pm)
            hour = (hour % 12) + (pm ? 12 : 0);
        var isPlain = half is null && hour is >= 1 and <= 12 && hours[0] != '0';
        return new(HoursTokenKind.Time, match.Value.Trim(), Time: new ClockTime((hour * 60) + minute, half, isPlain));
    }

    /// <summary>Lower case without accents, any dash, wave or arrow as `-`.</summary>
    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        Span<char> buffer = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is 0x2212 or 0x301C or 0x2192 or '~' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DashPunctuation)
                folded.Append('-');
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format)
                folded.Append(Folding.Of(rune, buffer));
        }

        return folded.Replace('~', '-').ToString();
    }

    [GeneratedRegex(@"\bevery ?day\b|\b7 days( a week)?\b|\bseven days( a week)?\b")]
    private static partial Regex EveryDay();

    [GeneratedRegex(
        @"(^|[^-\d:. ]|[^-] ) *\b"
        + @"(24 ?(h|hrs|hours|stunden|heures|horas|ore|uur)( a day)?|all day|round the clock|rund um die uhr|ganztags)\b")]
    private static partial Regex WholeDay();

    /// <summary>In this order: 24/7; a time with minutes and am or pm, also as 930 or 0900; a number; a word; a sign.</summary>
    [GeneratedRegex(
        @"\b24 ?[/x] ?7\b"
        + @"|\b(?<hour>\d{1,2})([:.h](?<minute>\d\d))?(?!\d)( ?(?<half>[ap])\.? ?m\b\.?|(?<half>[ap])\b)?"
        + @"|\b(?<hour>\d{3,4})(?!\d)( ?(?<half>[ap])\.?m\b\.?)?"
        + @"|\d+|\p{L}[\p{L}\p{M}]*|[\uD800-\uDBFF][\uDC00-\uDFFF]|\S")]
    private static partial Regex Parts();
}
