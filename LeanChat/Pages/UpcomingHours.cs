using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>Opening hours as points in time, so that a visitor anywhere can be told when somebody is back.</summary>
internal static class UpcomingHours
{
    /// <summary>Enough for a page that stays open over a weekend.</summary>
    private const int Told = 3;

    /// <summary>The present span and the next ones, each as its first second and the second after its last, in Unix
    /// time; null where there are no hours.</summary>
    public static long[][]? After(DateTimeOffset now, Settings settings) =>
        OpeningHoursParser.Parse(settings["Hours:Open"], out _) is { Count: > 0 } hours
            ? [.. OpeningHours.After(now, hours, TimeZoneInfo.FindSystemTimeZoneById(settings["Hours:TimeZone"])).Take(Told)
                .Select(span => (long[])[span.From, span.To])]
            : null;
}
