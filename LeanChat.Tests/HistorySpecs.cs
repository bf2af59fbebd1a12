using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>A chat as it is opened and read: its newest page, what came after, since and before.</summary>
public sealed class HistorySpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Somebody_new_gets_an_empty_chat_and_a_session()
    {
        var reply = await new Visitor(_server).GetAsync("");

        reply.Status.Should().Be(200);
        reply.Header("Cache-Control").Should().Be("no-store");
        reply.Json!.AsObject().Select(each => each.Key)
            .Should().BeEquivalentTo("id", "messages", "token", "more", "admin_online", "user", "greeting", "reply_time", "now", "rating",
                "attachment_bytes", "attachment_types");
        reply.Json["user"]!.AsObject().Select(each => each.Key).Should().BeEquivalentTo("id", "email", "name", "verified");
        Guid.TryParse((string)reply.Json["id"]!, out _).Should().BeTrue();
        reply.Json["messages"]!.AsArray().Should().BeEmpty();
        ((bool)reply.Json["more"]!).Should().BeFalse();
        ((bool)reply.Json["admin_online"]!).Should().BeFalse();
        ((bool)reply.Json["user"]!["verified"]!).Should().BeFalse();
        reply.Json["user"]!["email"].Should().BeNull();
        reply.Json["user"]!["name"].Should().BeNull();
    }

    [Fact]
    public async Task Somebody_known_gets_the_same_chat_again_under_each_prefix()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello!");

        string[] prefixes = ["/support_chat", "/api/support_chat", "/api/support-chat"];
        var answers = await Task.WhenAll(
            prefixes.Select(async prefix => await new Visitor(_server, prefix) { Token = visitor.Token }.GetAsync("")));

        answers.Select(answer => answer.Text).Distinct().Should().HaveCount(1);
        answers[0].Json!.AsObject().Should().NotContainKey("token");
        ((string)answers[0].Json!["id"]!).Should().Be(visitor.ChatId);
        ((string)answers[0].Json!["messages"]![0]!["content"]!).Should().Be("Hello!");
        (await _server.QueryAsync("select count(*) from support_chats")).Should().Equal("1");
    }

    [Fact]
    public async Task Every_reader_may_use_each_prefix()
    {
        foreach (var prefix in (string[])["/support_chat", "/api/support_chat", "/api/support-chat"])
        {
            var visitor = await new Visitor(_server, prefix).ArriveAsync();
            await visitor.PostAsync("Hello!");
            (await visitor.GetAsync("/messages?after=0")).Json!.AsArray().Should().HaveCount(1);
            (await visitor.MarkReadAsync()).Status.Should().Be(200);
            (await visitor.IdentifyAsync(new { name = "Ada" })).Status.Should().Be(200);
            (await visitor.RequestAsync(HttpMethod.Post, "/open", new { key = "x" })).Status.Should().Be(401);
            (await visitor.RequestAsync(HttpMethod.Delete, "/session")).Status.Should().Be(204);
        }
    }

    [Fact]
    public async Task A_chat_is_answered_with_its_newest_fifty()
    {
        var visitor = await _server.VisitorAsync();
        await SayAsync(visitor, 50);

        var whole = await visitor.ChatAsync();
        Seqs(whole["messages"]!).Should().Equal(Range(1, 50));
        ((bool)whole["more"]!).Should().BeFalse();

        await SayAsync(visitor, 1);
        var newest = await visitor.ChatAsync();
        Seqs(newest["messages"]!).Should().Equal(Range(2, 51));
        ((bool)newest["more"]!).Should().BeTrue();
    }

    [Theory]
    [InlineData("after=0", 1, 50)]
    [InlineData("after=50", 51, 100)]
    [InlineData("after=195", 196, 210)]
    [InlineData("after=209", 210, 210)]
    [InlineData("after=210", 1, 0)]
    [InlineData("after=9223372036854775807", 1, 0)]
    [InlineData("after=0&limit=1", 1, 1)]
    [InlineData("after=3&limit=7", 4, 10)]
    [InlineData("after=0&limit=200", 1, 200)]
    [InlineData("after=0&limit=201", 1, 200)]
    [InlineData("after=0&limit=9223372036854775807", 1, 200)]
    [InlineData("before=51", 1, 50)]
    [InlineData("before=210", 160, 209)]
    [InlineData("before=3", 1, 2)]
    [InlineData("before=1", 1, 0)]
    [InlineData("before=0", 1, 0)]
    [InlineData("before=9223372036854775807", 161, 210)]
    [InlineData("before=100&limit=5", 95, 99)]
    [InlineData("before=210&limit=500", 10, 209)]
    public async Task Pages_have_their_limits(string query, int first, int last)
    {
        var visitor = await LongChatAsync();

        var reply = await visitor.GetAsync("/messages?" + query);

        reply.Status.Should().Be(200, reply.Text);
        reply.Header("Cache-Control").Should().Be("no-store");
        Seqs(reply.Json!).Should().Equal(Range(first, last));
    }

    [Fact]
    public async Task Since_is_strictly_later()
    {
        var visitor = await _server.VisitorAsync();
        for (var each = 0; each < 3; each++)
        {
            await SayAsync(visitor, 1);
            _server.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        (await SinceAsync("2026-11-22T08:59:59.999Z")).Should().Equal(1, 2, 3);
        (await SinceAsync("2026-11-22T09:00:00.000Z")).Should().Equal(2, 3);
        (await SinceAsync("2026-11-22T09:00:00Z")).Should().Equal(2, 3);
        (await SinceAsync("2026-11-22T09:00:00.009Z")).Should().Equal(2, 3);
        (await SinceAsync("2026-11-22T09:00:00.009999Z")).Should().Equal(2, 3);
        (await SinceAsync("2026-11-22T09:00:00.010Z")).Should().Equal(3);
        (await SinceAsync("2026-11-22T10:00:00.010+01:00")).Should().Equal(3);
        (await SinceAsync("2026-11-22T09:00:00.020Z")).Should().BeEmpty();
        (await SinceAsync("2030-01-01T00:00:00Z")).Should().BeEmpty();
        (await SinceAsync("1999-01-01T00:00:00Z", "&limit=2")).Should().Equal(1, 2);

        async Task<long[]> SinceAsync(string time, string more = "") =>
            Seqs((await visitor.GetAsync($"/messages?since={Uri.EscapeDataString(time)}{more}")).Json!);
    }

    [Fact]
    public async Task Since_has_the_same_limits()
    {
        var visitor = await LongChatAsync();

        Seqs((await visitor.GetAsync("/messages?since=1999-01-01T00:00:00Z")).Json!).Should().Equal(Range(1, 50));
        Seqs((await visitor.GetAsync("/messages?since=1999-01-01T00:00:00Z&limit=300")).Json!).Should().Equal(Range(1, 200));
    }

    [Theory]
    [InlineData("after=x")]
    [InlineData("after=")]
    [InlineData("after=-1")]
    [InlineData("after=1.5")]
    [InlineData("after=1e3")]
    [InlineData("after=%201")]
    [InlineData("after=0x10")]
    [InlineData("after=99999999999999999999")]
    [InlineData("after=1&after=2")]
    [InlineData("before=x")]
    [InlineData("before=-3")]
    [InlineData("limit=0&after=1")]
    [InlineData("limit=-5&after=1")]
    [InlineData("limit=all&after=1")]
    [InlineData("since=")]
    [InlineData("since=yesterday")]
    [InlineData("since=1795338000")]
    [InlineData("since=2026-13-01T00:00:00Z")]
    [InlineData("since=2026-11-31T00:00:00Z")]
    [InlineData("since=22.11.2026")]
    [InlineData("since=11/22/2026")]
    [InlineData("since=09:00")]
    [InlineData("since=9999-12-31T23:59:59-10:00")]
    public async Task A_query_that_makes_no_sense_is_refused(string query)
    {
        var visitor = await _server.VisitorAsync();

        var reply = await visitor.GetAsync("/messages?" + query);

        reply.Status.Should().Be(400, reply.Text);
        reply.Error.Should().Be("bad_request");
    }

    [Fact]
    public async Task Times_rise_while_the_clock_stands_still()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();

        for (var each = 0; each < 5; each++)
        {
            await visitor.PostAsync("Still there?");
            await mia.ReplyAsync(visitor.ChatId, "Yes.");
        }

        Times(await AllAsync(visitor)).Should().Equal(
            Enumerable.Range(0, 10).Select(each => $"{_server.Clock.GetUtcNow().AddMilliseconds(each):yyyy-MM-ddTHH:mm:ss.fff}Z"));
    }

    [Fact]
    public async Task Times_rise_while_the_clock_is_set_back()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("One");
        _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddHours(-1));
        await mia.ReplyAsync(visitor.ChatId, "Two");
        await visitor.PostAsync("Three");
        _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddDays(-1));
        await visitor.PostAsync("Four");
        _server.Clock.AdjustTime(new DateTimeOffset(2026, 11, 22, 9, 0, 0, 500, TimeSpan.Zero));
        await visitor.PostAsync("Five");

        var all = await AllAsync(visitor);

        all.Select(message => (string)message!["content"]!).Should().Equal("One", "Two", "Three", "Four", "Five");
        Seqs(all).Should().Equal(Range(1, 5));
        Times(all).Should().Equal(
            "2026-11-22T09:00:00.000Z", "2026-11-22T09:00:00.001Z", "2026-11-22T09:00:00.002Z", "2026-11-22T09:00:00.003Z",
            "2026-11-22T09:00:00.500Z");
    }

    [Fact]
    public async Task Times_have_whole_milliseconds()
    {
        var visitor = await _server.VisitorAsync();
        _server.Clock.Advance(TimeSpan.FromTicks(4_147_654));

        (await visitor.PostAsync("Hello!")).Json!["created_at"]!.GetValue<string>().Should().Be("2026-11-22T09:00:00.414Z");
    }

    [Fact]
    public async Task The_list_follows_the_messages_also_when_the_clock_is_set_back()
    {
        var mia = await _server.AdminAsync();
        var (early, late) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await early.PostAsync("Hello!");
        _server.Clock.Advance(TimeSpan.FromHours(1));
        await late.PostAsync("Hello!");
        _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddHours(-3));
        await early.PostAsync("Still here");

        var list = await mia.ListAsync();

        list.Select(row => (string)row!["last_message_at"]!).Should().BeInDescendingOrder(StringComparer.Ordinal);
        ((string)list[1]!["last_message_at"]!).Should().Be("2026-11-22T09:00:00.001Z");
    }

    [Fact]
    public async Task Nobody_reads_without_a_session_and_nobody_reads_anothers_chat()
    {
        var (ada, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await ada.PostAsync("A secret");

        (await new Visitor(_server).GetAsync("/messages?after=0")).Status.Should().Be(401);
        (await new Visitor(_server) { Token = "unknown" }.GetAsync("/messages?after=0")).Status.Should().Be(401);
        (await bob.GetAsync($"/messages?after=0&chat_id={ada.ChatId}")).Json!.AsArray().Should().BeEmpty();
        (await bob.GetAsync($"?chat_id={ada.ChatId}&id={ada.ChatId}")).Text.Should().NotContain("secret");
    }

    [Fact]
    public async Task A_reader_that_polls_by_after_misses_nothing_and_gets_nothing_twice()
    {
        var visitor = await _server.VisitorAsync();
        var writing = Task.WhenAll(Enumerable.Range(0, 60).Select(number => visitor.PostAsync($"{number}")));
        var seen = new List<long>();
        while (!writing.IsCompleted || seen.Count < 60)
        {
            var page = Seqs((await visitor.GetAsync($"/messages?after={seen.LastOrDefault()}&limit=7")).Json!);
            if (writing.IsCompleted && page.Length == 0)
                break;
            seen.AddRange(page);
        }

        (await writing).Should().OnlyContain(reply => reply.Status == 201);
        seen.Should().Equal(Range(1, 60));
    }

    /// <summary>A chat of 210 messages.</summary>
    private async Task<Visitor> LongChatAsync()
    {
        var visitor = await _server.VisitorAsync();
        await SayAsync(visitor, 210);
        return visitor;
    }

    private static async Task SayAsync(Visitor visitor, int count)
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, count).Select(number => visitor.PostAsync($"Message {number}")));
        replies.Should().OnlyContain(reply => reply.Status == 201);
    }

    private static async Task<JsonArray> AllAsync(Visitor visitor) =>
        (await visitor.GetAsync("/messages?after=0&limit=200")).Json!.AsArray();

    private static long[] Seqs(JsonNode messages) => [.. messages.AsArray().Select(message => (long)message!["seq"]!)];

    private static string[] Times(JsonArray messages) => [.. messages.Select(message => (string)message!["created_at"]!)];

    private static IEnumerable<long> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(seq => (long)seq);
}
