namespace LeanChat.Text;

/// <summary>When somebody is there to answer, in the owner's time zone.</summary>
/// <param name="Day">The day on which it begins.</param>
/// <param name="From">Its first minute, counted from midnight.</param>
/// <param name="To">The minute after its last, counted from the same midnight: over 1,440 on the next day.</param>
internal sealed record OpeningHours(DayOfWeek Day, int From, int To)
{
    public const int DayLength = 24 * 60;

    /// <summary>
    /// The spans that end after <paramref name="now"/>, the present one and those of the next days, joined where they meet: the first
    /// second of each and the second after its last, in Unix time.
    /// </summary>
    public static IEnumerable<(long From, long To)> After(DateTimeOffset now, IReadOnlyList<OpeningHours> hours, TimeZoneInfo zone)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        // From yesterday, whose night may not be over.
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

    /// <summary>Of a time that comes twice, the first. One that the clock jumps over is as late as if it had not jumped.</summary>
    private static long Start(DateOnly day, int minute, TimeZoneInfo zone)
    {
        var local = Local(day, minute);
        return Seconds(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local));
    }

    /// <summary>Of a time that comes twice, the second.</summary>
    private static long End(DateOnly day, int minute, TimeZoneInfo zone)
    {
        var local = Local(day, minute);
        return Seconds(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Min() : zone.GetUtcOffset(local));
    }

    private static DateTime Local(DateOnly day, int minute) => day.ToDateTime(TimeOnly.MinValue).AddMinutes(minute);

    private static long Seconds(DateTime local, TimeSpan offset) => new DateTimeOffset(local, offset).ToUnixTimeSeconds();
}
