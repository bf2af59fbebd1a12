using System.Text.Json.Nodes;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>What happened on the last days, in the shop's own time.</summary>
public sealed class NumbersSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private MailServer _post = null!;
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _post.DisposeAsync();
    }

    [Fact]
    public async Task Days_are_listed_oldest_first_empty_ones_too_and_today_last()
    {
        foreach (var days in (int[])[7, 30, 90])
        {
            var numbers = await NumbersAsync(days);
            ((string)numbers["time_zone"]!).Should().Be("UTC");
            var dates = numbers["days"]!.AsArray().Select(day => (string)day!["date"]!).ToList();
            dates.Should().HaveCount(days).And.BeInAscendingOrder();
            (dates[0], dates[^1]).Should().Be((new DateOnly(2026, 11, 22).AddDays(1 - days).ToString("O"), "2026-11-22"));
            numbers["hours"]!.AsArray().Should().HaveCount(24);
            numbers["pages"]!.AsArray().Should().BeEmpty();
        }

        var day = (await NumbersAsync(7))["days"]![0]!;
        day.ToJsonString().Should().Be(
            """
            {"date":"2026-11-16","conversations":0,"user_messages":0,"admin_messages":0,"first_reply_median":null,"first_reply_p90":null,
            "first_reply_open_median":null,"first_reply_open_p90":null,"answered_by_chat":0,"answered_by_letter":0,"missed":0,
            "ratings":{"good":0,"bad":0}}
            """.ReplaceLineEndings(""));
        foreach (var wrong in (string[])["8", "0", "x", "", "-7"])
            (await _mia.GetAsync("/numbers?days=" + wrong)).ShouldBeRefused(400, "bad_request");
        (await _mia.GetAsync("/numbers")).Json!["days"]!.AsArray().Should().HaveCount(7);
    }

    [Fact]
    public async Task Conversations_are_counted_from_their_beginning_to_the_archive()
    {
        var jo = await AskAsync("One", "https://shop.example/mugs");
        await jo.PostAsync("More");
        await _mia.ReplyAsync(jo.ChatId, "Hello");
        await _mia.PostAsync($"/chats/{jo.ChatId}/archive");
        await jo.PostAsync("Two");
        await _mia.PostAsync($"/chats/{jo.ChatId}/archive");
        await _mia.PostAsync($"/chats/{jo.ChatId}/unarchive");
        await jo.PostAsync("Still two");
        await AskAsync("Three", "https://shop.example/tea");

        var numbers = await NumbersAsync();

        var today = Today(numbers);
        ((int)today["conversations"]!, (int)today["user_messages"]!, (int)today["admin_messages"]!).Should().Be((3, 5, 1));
        numbers["pages"]!.AsArray().Select(page => $"{page!["url"]} {page["conversations"]}")
            .Should().Equal("https://shop.example/mugs 2", "https://shop.example/tea 1");
        numbers["hours"]!.AsArray().Select(hour => (int)hour!).Should().Equal(
            [.. Enumerable.Range(0, 24).Select(hour => hour == 9 ? 3 : 0)]);
    }

    [Fact]
    public async Task First_replies_are_ranked_and_those_of_programs_count_for_nothing()
    {
        for (var minutes = 1; minutes <= 10; minutes++)
        {
            var visitor = await AskAsync("A question");
            if (minutes == 10)
            {
                await _mia.ReplyAsync(visitor.ChatId, "A program");
                await ChangeAsync("update support_messages set via = 'api' where content = 'A program'");
                await ChangeAsync("update conversations set reply_seq = null, replied_at = null where chat = "
                    + $"(select row from support_chats where id = '{visitor.ChatId}')");
            }

            _server.Clock.Advance(minutes * Minute);
            await _mia.ReplyAsync(visitor.ChatId, "An answer");
            await _mia.ReplyAsync(visitor.ChatId, "One more");
        }

        var today = Today(await NumbersAsync());
        ((long)today["first_reply_median"]!, (long)today["first_reply_p90"]!).Should().Be((300, 540), "the nearest rank");
        ((long)today["first_reply_open_median"]!, (long)today["first_reply_open_p90"]!).Should().Be((300, 540), "it is always open");
        ((int)today["answered_by_chat"]!, (int)today["answered_by_letter"]!, (int)today["missed"]!).Should().Be((10, 0, 0));
    }

    [Fact]
    public async Task Everything_of_a_conversation_counts_on_the_day_it_began()
    {
        var jo = await AskAsync("Late");
        _server.Clock.Advance(2 * Day);
        await _mia.SignInAsync();
        await _mia.ReplyAsync(jo.ChatId, "Sorry");

        var days = (await NumbersAsync())["days"]!.AsArray();

        var (began, today) = (days[4]!, days[6]!);
        ((int)began["conversations"]!, (long)began["first_reply_median"]!, (int)began["answered_by_chat"]!, (int)began["missed"]!)
            .Should().Be((1, 172800, 1, 1));
        ((int)began["user_messages"]!, (int)began["admin_messages"]!, (int)today["admin_messages"]!).Should().Be((1, 0, 1));
        ((int)today["conversations"]!, today["first_reply_median"]).Should().Be((0, null));
    }

    [Fact]
    public async Task Missed_is_who_waited_for_a_day_and_was_not_archived_before()
    {
        var (waits, archived, answered) = (await AskAsync("One"), await AskAsync("Two"), await AskAsync("Three"));
        await _mia.PostAsync($"/chats/{archived.ChatId}/archive");
        _server.Clock.Advance(Day - Second);
        await _mia.ReplyAsync(answered.ChatId, "In time");
        ((int)Yesterday(await NumbersAsync())["missed"]!).Should().Be(0);
        _server.Clock.Advance(Second);
        ((int)Yesterday(await NumbersAsync())["missed"]!).Should().Be(1);
        await _mia.PostAsync($"/chats/{waits.ChatId}/archive");
        ((int)Yesterday(await NumbersAsync())["missed"]!).Should().Be(1, "it is too late for that");
        await _mia.PostAsync($"/chats/{archived.ChatId}/unarchive");
        ((int)Yesterday(await NumbersAsync())["missed"]!).Should().Be(1, "what was archived in time was not missed");
    }

    [Fact]
    public async Task Who_had_left_was_answered_by_letter()
    {
        var (here, gone) = (await AskAsync("Here"), await AskAsync("Gone"));
        await gone.IdentifyAsync(new { email = "gone@example.org" });
        await here.IdentifyAsync(new { email = "here@example.org" });
        foreach (var visitor in (Visitor[])[here, gone])
        {
            await _mia.OpenChatAsync(visitor.ChatId);
            await _mia.ReplyAsync(visitor.ChatId, "Hello");
        }

        await here.MarkReadAsync();

        _server.Clock.Advance(5 * Minute);
        (await _post.ReceiveAsync()).To.Should().Equal("gone@example.org");

        await Eventually.IsTrueAsync(async () => (int)Today(await NumbersAsync())["answered_by_letter"]! == 1);
        ((int)Today(await NumbersAsync())["answered_by_chat"]!).Should().Be(1);
    }

    [Fact]
    public async Task Ratings_count_on_their_own_day()
    {
        await _mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Rating:Enabled"] = "true" });
        foreach (var score in (string[])["good", "good", "bad"])
        {
            var visitor = await AskAsync("One");
            await _mia.ReplyAsync(visitor.ChatId, "Hello");
            await _mia.PostAsync($"/chats/{visitor.ChatId}/archive");
            if (score == "bad")
                _server.Clock.Advance(16 * Hour);
            (await visitor.RequestAsync(HttpMethod.Post, "/rating", new { score })).Status.Should().Be(200);
        }

        var numbers = await NumbersAsync();
        Yesterday(numbers)["ratings"]!.ToJsonString().Should().Be("""{"good":2,"bad":0}""");
        Today(numbers)["ratings"]!.ToJsonString().Should().Be("""{"good":0,"bad":1}""");
    }

    [Fact]
    public async Task Open_seconds_are_those_within_opening_hours()
    {
        await SetAsync("Hours:Open", "Sun-Mon 9:00-17:00");
        var (before, evening, after) =
            (await AskAsync("At nine on Sunday"), await AskAsync("As well"), await AskAsync("As well"));
        _server.Clock.Advance(10 * Minute);
        await _mia.ReplyAsync(before.ChatId, "Hello");
        _server.Clock.Advance(11 * Hour);
        await _mia.ReplyAsync(evening.ChatId, "It is late");
        ((long)Today(await NumbersAsync())["first_reply_open_p90"]!).Should().Be(8 * 3600, "it was open until five");
        _server.Clock.Advance(13 * Hour);
        await _mia.ReplyAsync(after.ChatId, "Hello");

        var began = Yesterday(await NumbersAsync());

        ((long)began["first_reply_median"]!, (long)began["first_reply_p90"]!).Should().Be((40200, 87000));
        ((long)began["first_reply_open_median"]!, (long)began["first_reply_open_p90"]!).Should().Be((8 * 3600, (8 * 3600) + 600));
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-10-24T21:59:59Z", "2026-10-24", 23)]
    [InlineData("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25", 0)]
    [InlineData("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25", 2)]
    [InlineData("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25", 2)]
    [InlineData("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25", 23)]
    [InlineData("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26", 0)]
    [InlineData("America/New_York", "2026-11-02T04:59:59Z", "2026-11-01", 23)]
    [InlineData("America/New_York", "2026-11-02T05:00:00Z", "2026-11-02", 0)]
    [InlineData("Asia/Kathmandu", "2026-11-20T18:14:59Z", "2026-11-20", 23)]
    [InlineData("Asia/Kathmandu", "2026-11-20T18:15:00Z", "2026-11-21", 0)]
    [InlineData("Pacific/Kiritimati", "2026-11-21T10:00:00Z", "2026-11-22", 0)]
    [InlineData("UTC", "2026-11-21T23:59:59Z", "2026-11-21", 23)]
    public async Task A_day_is_one_of_the_shops_time_zone(string zone, string time, string date, int hour)
    {
        await SetAsync("Hours:TimeZone", zone);
        var jo = await AskAsync("Hello");
        await ChangeAsync($"update conversations set began_at = '{UtcText.Of(DateTimeOffset.Parse(time))}'");
        await ChangeAsync($"update support_messages set created_at = '{UtcText.Of(DateTimeOffset.Parse(time))}'");

        var numbers = await NumbersAsync(30);

        jo.Should().NotBeNull();
        numbers["days"]!.AsArray().Where(day => (int)day!["conversations"]! == 1).Select(day => (string)day!["date"]!).Should().Equal(date);
        numbers["days"]!.AsArray().Where(day => (int)day!["user_messages"]! == 1).Select(day => (string)day!["date"]!).Should().Equal(date);
        numbers["hours"]!.AsArray().Select((count, at) => (count, at)).Single(each => (int)each.count! == 1).at.Should().Be(hour);
    }

    [Theory]
    [InlineData("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", 23)] // The clock skips midnight.
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", 25)] // Midnight occurs twice.
    [InlineData("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23)]
    [InlineData("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25)]
    public void A_day_may_have_an_hour_less_or_more(string zone, string date, string begins, int hours)
    {
        var days = new LocalDays(
            new DateTimeOffset(DateOnly.Parse(date).ToDateTime(new TimeOnly(12, 0)), TimeSpan.Zero), 1,
            TimeZoneInfo.FindSystemTimeZoneById(zone));

        days.First.ToString("O").Should().Be(date);
        UtcText.Of(days.Starts[0]).Should().Be(begins);
        (days.Starts[1] - days.Starts[0]).Should().Be(TimeSpan.FromHours(hours));
    }

    [Fact]
    public async Task What_is_erased_does_not_count()
    {
        var jo = await AskAsync("One", "https://shop.example/mugs");
        await _mia.RequestAsync(HttpMethod.Delete, "/users/" + jo.UserId);

        var numbers = await NumbersAsync();

        ((int)Today(numbers)["conversations"]!, (int)Today(numbers)["user_messages"]!).Should().Be((0, 0));
        numbers["pages"]!.AsArray().Should().BeEmpty();
        (await _server.QueryAsync("select chat from conversations")).Should().BeEmpty();
    }

    private async Task StartAsync()
    {
        _post = MailServer.Start();
        _server = await LeanChatServer.StartAsync([.. _post.Settings, "Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0"]);
        _mia = await _server.AdminAsync();
    }

    private async Task<Visitor> AskAsync(string text, string? page = null)
    {
        var visitor = await _server.VisitorAsync();
        if (page is not null)
        {
            await using var widget = await visitor.OpenAsync();
            await widget.SayAsync(new { action = "page", url = page, title = "A page" });
            await widget.SettleAsync();
        }

        (await visitor.PostAsync(text)).Status.Should().Be(201);
        return visitor;
    }

    private async Task<JsonNode> NumbersAsync(int days = 7) => (await _mia.GetAsync("/numbers?days=" + days)).Json!;

    private static JsonNode Today(JsonNode numbers) => numbers["days"]!.AsArray()[^1]!;

    private static JsonNode Yesterday(JsonNode numbers) => numbers["days"]!.AsArray()[^2]!;

    private async Task SetAsync(string key, string value) =>
        (await _mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { [key] = value })).Status.Should().Be(200);

    private Task<int> ChangeAsync(string sql) => _server.Database.WriteAsync(tx =>
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    });
}
