using System.Data.Common;
using System.Globalization;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>What happened on the last days, in numbers.</summary>
internal sealed class NumbersApi(Database database, CurrentSettings settings, TimeProvider clock)
{
    private const int PagesAtMost = 20;

    /// <summary>Who has waited this long for a first reply was missed.</summary>
    private static readonly TimeSpan Missed = TimeSpan.FromDays(1);

    public async Task ShowAsync(HttpContext context, Session session)
    {
        if (!ApiResponse.TryNumber(context, "days", out var days) || days is not (null or 7 or 30 or 90))
            await ApiResponse.Refuse(context, ApiError.BadRequest("`days` must be 7, 30 or 90."));
        else
            await ApiResponse.Json(
                context, await database.ReadAsync(connection => Count(connection, (int)(days ?? 7))), AdminJson.Strict.Numbers);
    }

    private Numbers Count(DbConnection connection, int count)
    {
        var (now, zone) = (clock.GetUtcNow(), settings.Value["Hours:TimeZone"]);
        var days = new LocalDays(now, count, TimeZoneInfo.FindSystemTimeZoneById(zone));
        var open = OpenTimeOf(days, now);
        var conversations = NumbersStore.Conversations(connection, days.Starts[0]);
        var begun = conversations.ToLookup(each => days.IndexOf(each.BeganAt));
        var rated = NumbersStore.Ratings(connection, days.Starts[0]).ToLookup(each => days.IndexOf(UtcText.Parse(each.RatedAt)));
        var messages = NumbersStore.Messages(connection, days.Starts);
        var hours = new int[24];
        foreach (var each in conversations)
            hours[days.HourOf(each.BeganAt)]++;
        return new Numbers(
            zone,
            [.. Enumerable.Range(0, count).Select(
                day => DayOf(days, day, [.. begun[day]], [.. rated[day]], messages[day], open, now))],
            [.. conversations.Where(each => each.PageUrl is not null).CountBy(each => each.PageUrl!)
                .OrderByDescending(page => page.Value).ThenBy(page => page.Key, StringComparer.Ordinal).Take(PagesAtMost)
                .Select(page => new PageCount(page.Key, page.Value))],
            hours);
    }

    private static NumbersDay DayOf(
        LocalDays days, int day, List<CountedConversation> begun, List<CountedRating> rated, MessageCount messages, OpenTime? open,
        DateTimeOffset now)
    {
        var replied = begun.Where(each => each.RepliedAt is not null).ToList();
        var waits = replied.Select(each => (each.RepliedAt!.Value - each.BeganAt).TotalSeconds).Order().ToList();
        var openWaits = open is null ? waits : replied.Select(each => open.Between(each.BeganAt, each.RepliedAt!.Value)).Order().ToList();
        var byLetter = replied.Count(each => each.ByLetter);
        return new NumbersDay(
            days.First.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), begun.Count, messages.ByUsers,
            messages.Every - messages.ByUsers, Rank(waits, 50), Rank(waits, 90), Rank(openWaits, 50), Rank(openWaits, 90),
            replied.Count - byLetter, byLetter, begun.Count(each => IsMissed(each, now)),
            new RatingCounts(rated.Count(each => each.Rating == "good"), rated.Count(each => each.Rating == "bad")));
    }

    private static bool IsMissed(CountedConversation each, DateTimeOffset now)
    {
        var end = each.BeganAt + Missed;
        return now >= end && !(each.RepliedAt < end) && !(each.ArchivedAt < end);
    }

    /// <summary>The nearest rank: the smallest value that so many of a hundred do not exceed; in whole seconds.</summary>
    private static long? Rank(List<double> sorted, int percent) =>
        sorted.Count == 0 ? null : (long)sorted[((sorted.Count * percent) + 99) / 100 - 1];

    /// <summary>Null without opening hours: then it is always open.</summary>
    private OpenTime? OpenTimeOf(LocalDays days, DateTimeOffset now) =>
        OpeningHoursParser.Parse(settings.Value["Hours:Open"], out _) is { Count: > 0 } hours
            ? new OpenTime(OpeningHours.Between(days.Starts[0], now, hours, days.Zone))
            : null;
}
