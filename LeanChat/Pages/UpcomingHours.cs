using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>Opening hours as points in time, so that the widget can show in any time zone when somebody is back.</summary>
internal static class UpcomingHours
{
    /// <summary>Enough for a page that stays open over a weekend.</summary>
    private const int Spans = 3;

    /// <summary>
    /// The current span and the next ones, each as [first second, second after the last] in Unix time; null without hours.
    /// </summary>
    public static long[][]? After(DateTimeOffset now, Settings settings) =>
        OpeningHoursParser.Parse(settings["Hours:Open"], out _) is { Count: > 0 } hours
            ? [.. OpeningHours.After(now, hours, TimeZoneInfo.FindSystemTimeZoneById(settings["Hours:TimeZone"])).Take(Spans)
                .Select(span => (long[])[span.From, span.To])]
            : null;
}
