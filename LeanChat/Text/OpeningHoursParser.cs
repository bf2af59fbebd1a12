
namespace LeanChat.Text;

/// <summary>
/// Reads opening hours as people write them: days or a range of days, with one or more spans before or after them, repeated. Days in
/// several languages, 12 or 24 hour clock, spans past midnight. Without a day it means every day.
/// </summary>
internal sealed class OpeningHoursParser
{
    public const string Example = "Mon-Fri 9:00-17:00, Sat 10-14, or Fri 18:00-02:00";

    private readonly List<HoursToken> _tokens;
    private readonly bool _timesFirst;
    private readonly List<int> _days = [];
    private readonly List<(int From, int To)> _spans = [];
    private readonly List<int> _closed = [];
    private readonly List<OpeningHours> _hours = [];
    private int _next;
    private string? _error;

    private OpeningHoursParser(string text)
    {
        _tokens = [.. OpeningHoursScanner.Scan(text)];
        _timesFirst = _tokens is [{ Kind: HoursTokenKind.Time or HoursTokenKind.AllDay }, ..] && HasDays;
    }

    private bool HasDays => _tokens.Exists(token => token.Kind == HoursTokenKind.Days);

    /// <summary>The hours; or null, and what is wrong, as a part of a sentence.</summary>
    public static IReadOnlyList<OpeningHours>? Parse(string text, out string complaint)
    {
        if (text.Trim().Length == 0)
        {
            complaint = "";
            return [];
        }

        var parser = new OpeningHoursParser(text);
        parser.Run();
        complaint = parser._error ?? "";
        return parser._error is null ? parser._hours : null;
    }

    private void Run()
    {
        while (_error is null && Next is { } token)
        {
            _next++;
            switch (token.Kind)
            {
                case HoursTokenKind.Days:
                    TakeDays(token);
                    break;
                case HoursTokenKind.Time:
                    TakeSpan(token);
                    break;
                case HoursTokenKind.AllDay or HoursTokenKind.Always:
                    Add(0, OpeningHours.DayLength);
                    break;
                case HoursTokenKind.Closed:
                    TakeClosed();
                    break;
                default:
                    _error = token.Kind == HoursTokenKind.Range
                        ? $"“{token.Text}” needs a day or a time on both sides"
                        : $"“{token.Text}” is neither a day nor a time";
                    break;
            }
        }

        EndGroup();
        _hours.RemoveAll(span => _closed.Contains((int)span.Day));
        if (_error is null && _hours.Count == 0)
            _error = "it has no opening time";
    }

    private HoursToken? Next => _next < _tokens.Count ? _tokens[_next] : null;

    private HoursToken? Take(HoursTokenKind kind) => Next?.Kind == kind ? _tokens[_next++] : null;

    private void TakeDays(HoursToken first)
    {
        if (_spans.Count > 0 && !_timesFirst)
            EndGroup();
        _days.AddRange(DaysFrom(first));
    }

    /// <summary>A day, a word for several days, or a range, which may go past the end of the week.</summary>
    private IEnumerable<int> DaysFrom(HoursToken first)
    {
        if (Next?.Kind != HoursTokenKind.Range)
            return first.Days!;
        var range = _tokens[_next++];
        if (Take(HoursTokenKind.Days) is not { Days: [var last] } || first.Days is not [var begin])
        {
            _error = $"“{first.Text}{range.Text}” needs a day on both sides";
            return [];
        }

        return Enumerable.Range(0, ((last - begin + 7) % 7) + 1).Select(each => (begin + each) % 7);
    }

    private void TakeSpan(HoursToken from)
    {
        if (Take(HoursTokenKind.Range) is null || Take(HoursTokenKind.Time) is not { } to)
        {
            // The unknown word comes next and is the better error.
            if (Next?.Kind != HoursTokenKind.Unknown)
                _error = $"“{from.Text}” needs an end, like {from.Text}-17:00";
            return;
        }

        var written = $"{from.Text}-{to.Text}";
        var (start, end) = Read(from.Time!, to.Time!);
        if (from.Time is { IsPlain: true } && to.Time is { IsPlain: true } && end <= start)
            _error = $"“{written}” can be read in two ways; write it like 9-17 or 9am-5pm";
        else if (start == OpeningHours.DayLength || (start == end && start > 0))
            _error = $"“{written}” is not a span of time";
        else
            Add(start, end <= start ? end + OpeningHours.DayLength : end);
    }

    /// <summary>With am or pm at one end only, the other end is the nearest time that makes sense: 9-5pm, 8pm-2.</summary>
    private static (int From, int To) Read(ClockTime from, ClockTime to)
    {
        if (from.IsPlain && to.Half is not null)
            return (Nearest(from.Minute, start => to.Minute - start), to.Minute);
        return from.Half is not null && to.IsPlain ? (from.Minute, Nearest(to.Minute, end => end - from.Minute)) : (from.Minute, to.Minute);
    }

    private static int Nearest(int minute, Func<int, int> length) =>
        new[] { minute % 720, (minute % 720) + 720 }.MinBy(each => (length(each) + OpeningHours.DayLength - 1) % OpeningHours.DayLength);

    private void Add(int from, int to)
    {
        if (_timesFirst && _days.Count > 0)
            EndGroup();
        _spans.Add((from, to));
    }

    /// <summary>“Closed” means the days before it, or those after it up to the next time.</summary>
    private void TakeClosed()
    {
        if (_days.Count > 0 && _spans.Count == 0)
        {
            _closed.AddRange(_days);
            _days.Clear();
            return;
        }

        EndGroup();
        while (Take(HoursTokenKind.Days) is { } day)
            _closed.AddRange(DaysFrom(day));
        if (Next is { Kind: HoursTokenKind.Time or HoursTokenKind.AllDay } time)
            _error ??= $"“{time.Text}” follows closed days; put those at the end";
    }

    private void EndGroup()
    {
        if (_error is null && _days.Count == 0 && _spans.Count > 0 && HasOpenDays)
            _error = "a time has no day; put the day before it";
        if (_error is null && _days.Count > 0 && _spans.Count == 0)
            _error = $"{(DayOfWeek)_days[^1]} has no time";
        foreach (var day in _days.Count > 0 ? _days.Distinct() : Enumerable.Range(0, 7))
            _hours.AddRange(_spans.Select(span => new OpeningHours((DayOfWeek)day, span.From, span.To)));
        _days.Clear();
        _spans.Clear();
    }

    /// <summary>Whether a day was opened before. Then a time without a day is an error.</summary>
    private bool HasOpenDays => _hours.Count > 0 && HasDays;
}
