using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Who has seen what, and what still waits to be seen.</summary>
public sealed class ReadingSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_user_marks_what_the_admins_said_as_read()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello?");
        await _mia.ReplyAsync(visitor.ChatId, "Hi!");
        await _mia.ReplyAsync(visitor.ChatId, "How can I help?");
        await visitor.PostAsync("Wait …");
        _server.Clock.Advance(TimeSpan.FromSeconds(30));

        var read = await visitor.MarkReadAsync();

        read.Status.Should().Be(200);
        read.Header("Cache-Control").Should().Be("no-store");
        read.Text.Should().Be("""{"read_at":"2026-11-22T09:00:30.000Z","up_to":3}""");
        (await ReadTimesAsync(visitor)).Should().Equal(null, "2026-11-22T09:00:30.000Z", "2026-11-22T09:00:30.000Z", null);
    }

    [Fact]
    public async Task Marking_again_says_the_same_and_changes_nothing()
    {
        var visitor = await _server.VisitorAsync();
        await _mia.ReplyAsync(visitor.ChatId, "Hi!");
        var first = await visitor.MarkReadAsync();
        _server.Clock.Advance(TimeSpan.FromHours(1));
        await visitor.PostAsync("Hello!");

        (await visitor.MarkReadAsync()).Text.Should().Be(first.Text);

        (await ReadTimesAsync(visitor)).Should().Equal("2026-11-22T09:00:00.000Z", null);
    }

    [Fact]
    public async Task Where_no_admin_has_spoken_there_is_nothing_to_read()
    {
        var visitor = await _server.VisitorAsync();
        (await visitor.MarkReadAsync()).Text.Should().Be("""{"read_at":null,"up_to":0}""");
        await visitor.PostAsync("Hello?");

        (await visitor.MarkReadAsync()).Text.Should().Be("""{"read_at":null,"up_to":0}""");

        (await ReadTimesAsync(visitor)).Should().Equal([null]);
    }

    [Fact]
    public async Task What_was_read_rises_only()
    {
        var visitor = await _server.VisitorAsync();
        var (upTo, readAt) = (0L, "");
        for (var step = 0; step < 6; step++)
        {
            await _mia.ReplyAsync(visitor.ChatId, $"Reply {step}");
            // Forward, still, back by an hour: whatever the clock does.
            _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddMinutes((step % 3) switch { 0 => 10, 1 => 0, _ => -60 }));
            var read = (await visitor.MarkReadAsync()).Json!;
            ((long)read["up_to"]!).Should().BeGreaterThan(upTo);
            string.CompareOrdinal((string)read["read_at"]!, readAt)
                .Should().BeGreaterThanOrEqualTo(0, $"{read["read_at"]} must not come before {readAt}");
            (upTo, readAt) = ((long)read["up_to"]!, (string)read["read_at"]!);
        }

        var all = await AllAsync(visitor);
        all.Should().OnlyContain(
            message => string.CompareOrdinal((string)message!["read_at"]!, (string)message["created_at"]!) >= 0,
            "nothing is read before it is said");
    }

    [Fact]
    public async Task Marking_needs_a_session()
    {
        (await new Visitor(_server).MarkReadAsync()).Status.Should().Be(401);
        (await new Visitor(_server) { Token = "unknown" }.MarkReadAsync()).Status.Should().Be(401);
    }

    [Fact]
    public async Task An_admin_who_opens_a_chat_has_read_what_the_user_said()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("One");
        await _mia.ReplyAsync(visitor.ChatId, "Two");
        await visitor.PostAsync("Three");
        _server.Clock.Advance(TimeSpan.FromMinutes(1));

        var opened = await _mia.OpenChatAsync(visitor.ChatId);

        string?[] expected = ["2026-11-22T09:01:00.000Z", null, "2026-11-22T09:01:00.000Z"];
        opened["messages"]!.AsArray().Select(message => (string?)message!["read_at"]).Should().Equal(expected);
        (await ReadTimesAsync(visitor)).Should().Equal(expected);

        _server.Clock.Advance(TimeSpan.FromMinutes(1));
        await _mia.OpenChatAsync(visitor.ChatId);
        (await ReadTimesAsync(visitor)).Should().Equal(expected, "it was read when it was first read");
    }

    [Fact]
    public async Task The_list_counts_what_waits()
    {
        var visitor = await _server.VisitorAsync();
        var other = await _server.VisitorAsync();
        await other.PostAsync("Me too");
        await visitor.PostAsync("One");
        (await UnreadAsync(visitor)).Should().Be((true, 1));
        await visitor.PostAsync("Two");
        await _mia.ReplyAsync(visitor.ChatId, "An answer reads nothing");
        (await UnreadAsync(visitor)).Should().Be((true, 2));

        await _mia.OpenChatAsync(visitor.ChatId);
        (await UnreadAsync(visitor)).Should().Be((false, 0));
        (await UnreadAsync(other)).Should().Be((true, 1), "another chat still waits");

        await _mia.ReplyAsync(visitor.ChatId, "Three");
        (await UnreadAsync(visitor)).Should().Be((false, 0));
        await visitor.MarkReadAsync();
        (await UnreadAsync(visitor)).Should().Be((false, 0));
        _server.Clock.Advance(TimeSpan.FromMinutes(1));
        await visitor.PostAsync("Four");
        (await UnreadAsync(visitor)).Should().Be((true, 1));
    }

    [Fact]
    public async Task What_comes_in_the_same_millisecond_as_the_view_is_still_unread()
    {
        var visitor = await _server.VisitorAsync();
        for (var round = 0; round < 3; round++)
        {
            await visitor.PostAsync("Before");
            _server.Clock.Advance(TimeSpan.FromMilliseconds(5));
            await _mia.OpenChatAsync(visitor.ChatId);
            (await UnreadAsync(visitor)).Should().Be((false, 0));
            await visitor.PostAsync("After");
            (await UnreadAsync(visitor)).Should().Be((true, 1));
            (await CountedAsync(visitor)).Should().Be(1);
        }
    }

    [Fact]
    public async Task What_comes_after_the_clock_was_set_back_is_unread_too()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("One");
        _server.Clock.Advance(TimeSpan.FromMinutes(5));
        await _mia.OpenChatAsync(visitor.ChatId);
        _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddHours(-1));

        await visitor.PostAsync("Two");
        (await UnreadAsync(visitor)).Should().Be((true, 1));
        (await CountedAsync(visitor)).Should().Be(1);
        await _mia.OpenChatAsync(visitor.ChatId);
        (await UnreadAsync(visitor)).Should().Be((false, 0));
        (await CountedAsync(visitor)).Should().Be(0);
        await visitor.PostAsync("Three");
        (await UnreadAsync(visitor)).Should().Be((true, 1));
        (await CountedAsync(visitor)).Should().Be(1);
    }

    [Fact]
    public async Task An_archived_chat_keeps_its_count()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("One");

        await _mia.PostAsync($"/chats/{visitor.ChatId}/archive");

        ((long)(await _mia.ListAsync("?archived=true")).Single()!["unread_count"]!).Should().Be(1);
        await _mia.OpenChatAsync(visitor.ChatId);
        ((bool)(await _mia.ListAsync("?archived=true")).Single()!["unread"]!).Should().BeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_happens_the_list_agrees_with_the_messages(int seed)
    {
        var chance = new Random(seed);
        Visitor[] visitors = [await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.VisitorAsync()];
        var story = new List<string>();
        for (var step = 0; step < 60; step++)
        {
            var who = chance.Next(visitors.Length);
            var visitor = visitors[who];
            var what = chance.Next(9);
            story.Add($"{what}/{who}");
            switch (what)
            {
                case 0 or 1 or 2:
                    await visitor.PostAsync($"Said in step {step}");
                    break;
                case 3:
                    await _mia.ReplyAsync(visitor.ChatId, $"Answered in step {step}");
                    break;
                case 4 or 5:
                    await _mia.OpenChatAsync(visitor.ChatId);
                    break;
                case 6:
                    await visitor.MarkReadAsync();
                    break;
                case 7:
                    await _mia.PostAsync($"/chats/{visitor.ChatId}/{(chance.Next(2) == 0 ? "archive" : "unarchive")}");
                    break;
                default:
                    _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddMilliseconds(chance.Next(-5000, 5000)));
                    break;
            }
        }

        await _server.AuditAsync(_mia, string.Join(' ', story));
    }

    private async Task<(bool Unread, long Count)> UnreadAsync(Visitor visitor)
    {
        var row = (await _mia.ListAsync()).Single(each => (string)each!["id"]! == visitor.ChatId)!;
        return ((bool)row["unread"]!, (long)row["unread_count"]!);
    }

    private async Task<long> CountedAsync(Visitor visitor) => long.Parse((await _server.QueryAsync(
        $"""
        select count(*) from support_messages m join support_chats c on c.row = m.chat
        where c.id = '{visitor.ChatId}' and m.sender_type = 'user' and m.created_at > c.admin_viewed_at
        """)).Single(), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<JsonArray> AllAsync(Visitor visitor) => (await visitor.GetAsync("/messages?after=0")).Json!.AsArray();

    private static async Task<string?[]> ReadTimesAsync(Visitor visitor) =>
        [.. (await AllAsync(visitor)).Select(message => (string?)message!["read_at"])];
}
