namespace LeanChat.Text;

/// <summary>Some days in a row, as a time zone has them: one may have 23 or 25 hours.</summary>
internal sealed class LocalDays
{
    private readonly DateTimeOffset[] _starts;

    /// <summary>The days that end with the day of a time.</summary>
    public LocalDays(DateTimeOffset now, int count, TimeZoneInfo zone)
    {
        Zone = zone;
        First = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime).AddDays(1 - count);
        _starts = [.. Enumerable.Range(0, count + 1).Select(day => StartOf(First.AddDays(day), zone))];
    }

    public TimeZoneInfo Zone { get; }

    public DateOnly First { get; }

    public int Count => _starts.Length - 1;

    /// <summary>When each day begins, and when the last one ends.</summary>
    public IReadOnlyList<DateTimeOffset> Starts => _starts;

    /// <summary>Which of the days a time is in, from 0; null: none of them.</summary>
    public int? IndexOf(DateTimeOffset time)
    {
        var at = Array.BinarySearch(_starts, time);
        var day = at >= 0 ? at : ~at - 1;
        return day >= 0 && day < Count ? day : null;
    }

    /// <summary>The hour of the day, from 0 to 23.</summary>
    public int HourOf(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Zone).Hour;

    /// <summary>Midnight; where the clock skips it, the first moment after. Of a midnight that occurs twice, the first counts.</summary>
    private static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight))
            midnight = midnight.AddMinutes(1);
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}
