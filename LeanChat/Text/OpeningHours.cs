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
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        // From yesterday, whose last span may still be open.
        var spans = Enumerable.Range(-1, 10).Select(today.AddDays)
            .SelectMany(day => hours.Where(span => span.Day == day.DayOfWeek)
                .Select(span => (From: Start(day, span.From, zone), To: End(day, span.To, zone))))
            .Where(span => span.To > span.From)
            .Order();
        return Join(spans).Where(span => span.To > now.ToUnixTimeSeconds());
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
