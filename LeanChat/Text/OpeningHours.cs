namespace LeanChat.Text;

/// <summary>A weekly span in which the team answers, in the owner's time zone.</summary>
/// <param name="Day">The day on which it begins.</param>
/// <param name="From">Its first minute, from midnight.</param>
/// <param name="To">The minute after its last, from the same midnight: over 1,440 if it ends on the next day.</param>
internal sealed record OpeningHours(DayOfWeek Day, int From, int To)
{
    public const int DayLength = 24 * 60;

    /// <summary>
    /// The spans that end after <paramref name="now"/>, for the next days, joined where they touch: each from its first second to the
    /// second after its last, in Unix time.
    /// </summary>
    public static IEnumerable<(long From, long To)> After(DateTimeOffset now, IReadOnlyList<OpeningHours> hours, TimeZoneInfo zone)
    {
        return Between(now, now.AddDays(8), hours, zone).Where(span => span.To > now.ToUnixTimeSeconds());
    }

    /// <summary>The spans of all days that two times are in, joined where they touch. The day before may reach into the first.</summary>
    public static IEnumerable<(long From, long To)> Between(
        DateTimeOffset from, DateTimeOffset to, IReadOnlyList<OpeningHours> hours, TimeZoneInfo zone)
    {
        var (first, last) = (DayOf(from, zone), DayOf(to, zone));
        return Join(Enumerable.Range(-1, last.DayNumber - first.DayNumber + 2).Select(first.AddDays)
            .SelectMany(day => hours.Where(span => span.Day == day.DayOfWeek)
                .Select(span => (From: Start(day, span.From, zone), To: End(day, span.To, zone))))
            .Where(span => span.To > span.From)
            .Order());
    }

    private static IEnumerable<(long From, long To)> Join(IEnumerable<(long From, long To)> spans)
    {
        (long From, long To)? open = null;
        foreach (var span in spans)
        {
            if (open is { } before && span.From <= before.To)
            {
                open = (before.From, Math.Max(before.To, span.To));
                continue;
            }

            if (open is { } whole)
                yield return whole;
            open = span;
        }

        if (open is { } last)
            yield return last;
    }

    private static DateOnly DayOf(DateTimeOffset time, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time, zone).DateTime);

    /// <summary>Of a local time that occurs twice, the first counts. One that the clock skips counts as if it were not skipped.</summary>
    private static long Start(DateOnly day, int minute, TimeZoneInfo zone)
    {
        var local = Local(day, minute);
        return Seconds(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local));
    }

    /// <summary>Of a local time that occurs twice, the second counts.</summary>
    private static long End(DateOnly day, int minute, TimeZoneInfo zone)
    {
        var local = Local(day, minute);
        return Seconds(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Min() : zone.GetUtcOffset(local));
    }

    private static DateTime Local(DateOnly day, int minute) => day.ToDateTime(TimeOnly.MinValue).AddMinutes(minute);

    private static long Seconds(DateTime local, TimeSpan offset) => new DateTimeOffset(local, offset).ToUnixTimeSeconds();
}
