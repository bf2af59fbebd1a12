using System.Globalization;

namespace LeanChat;

/// <summary>When somebody is there to answer, in the owner's time zone.</summary>
/// <param name="Day">The day of the week.</param>
/// <param name="From">The first minute.</param>
/// <param name="To">The minute after the last; midnight as 00:00 ends the day.</param>
internal sealed record OpeningHours(DayOfWeek Day, TimeOnly From, TimeOnly To)
{
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    /// <summary>Reads `Mon-Fri 09:00-17:00, Sat 10:00-14:00`; a day may have several spans.</summary>
    public static bool TryParse(string text, out IReadOnlyList<OpeningHours> hours)
    {
        var all = new List<OpeningHours>();
        hours = all;
        foreach (var part in Settings.SplitList(text))
        {
            if (part.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var days, var span]
                || !TryDays(days, out var first, out var last)
                || span.Split('-') is not [var from, var to]
                || !TryTime(from, out var start) || !TryTime(to, out var end) || (end <= start && end != TimeOnly.MinValue))
                return false;
            for (var day = first; ; day = (day + 1) % 7)
            {
                all.Add(new OpeningHours((DayOfWeek)day, start, end));
                if (day == last)
                    break;
            }
        }

        return true;
    }

    private static bool TryDays(string text, out int first, out int last)
    {
        var ends = text.Split('-');
        first = Array.FindIndex(Days, day => day.Equals(ends[0], StringComparison.OrdinalIgnoreCase));
        last = Array.FindIndex(Days, day => day.Equals(ends[^1], StringComparison.OrdinalIgnoreCase));
        return ends.Length <= 2 && first >= 0 && last >= 0;
    }

    private static bool TryTime(string text, out TimeOnly time)
    {
        if (text == "24:00")
        {
            time = TimeOnly.MinValue;
            return true;
        }

        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }
}
