namespace LeanChat.Pages;

/// <summary>Opening hours as points in time, so that a visitor anywhere can be told when somebody is back.</summary>
internal static class Openings
{
    /// <summary>Enough for a page that stays open over a weekend.</summary>
    private const int Told = 3;

    /// <summary>The present span and the next ones, each as its first second and the second after its last, in Unix time; null where there are no hours.</summary>
    public static long[][]? After(DateTimeOffset now, Settings settings)
    {
        if (!OpeningHours.TryParse(settings["Hours:Open"], out var hours) || hours.Count == 0)
            return null;
        var zone = TimeZoneInfo.FindSystemTimeZoneById(settings["Hours:TimeZone"]);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        return [.. Enumerable.Range(0, 8).Select(today.AddDays)
            .SelectMany(day => hours.Where(span => span.Day == day.DayOfWeek).Select(span => (long[])
                [Seconds(day.ToDateTime(span.From), zone), Seconds((span.To == TimeOnly.MinValue ? day.AddDays(1) : day).ToDateTime(span.To), zone)]))
            .Where(span => span[1] > now.ToUnixTimeSeconds())
            .OrderBy(span => span[0])
            .Take(Told)];
    }

    /// <summary>An hour that the clock jumps over in spring is taken as the one after it.</summary>
    private static long Seconds(DateTime local, TimeZoneInfo zone) =>
        new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(zone.IsInvalidTime(local) ? local.AddHours(1) : local, zone)).ToUnixTimeSeconds();
}
