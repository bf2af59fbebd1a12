using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>The list of chats: what stands in it, in which order, and page by page.</summary>
public sealed class ChatListSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("&q=hello")]
    public async Task The_list_can_be_of_a_time(string and)
    {
        var mia = await _server.AdminAsync();
        var visitors = new List<Visitor>();
        for (var day = 22; day < 27; day++)
        {
            visitors.Add(await _server.VisitorAsync());
            await visitors[^1].PostAsync("Hello");
            _server.Clock.Advance(TimeSpan.FromDays(1));
        }

        (await DaysAsync("?since=2026-11-25T09:00:00Z")).Should().Equal(26, 25);
        (await DaysAsync("?until=2026-11-24T09:00:00.000Z")).Should().Equal(23, 22);
        (await DaysAsync("?since=2026-11-23T00:00:00Z&until=2026-11-26T00:00:00Z")).Should().Equal(25, 24, 23);
        (await DaysAsync("?since=2026-11-23T00:00:00Z&until=2026-11-26T00:00:00Z&limit=1")).Should().Equal(25, 24, 23);
        (await mia.GetAsync("/chats?since=yesterday" + and)).ShouldBeRefused(400, "bad_request");
        (await mia.GetAsync("/chats?until=2026" + and)).ShouldBeRefused(400, "bad_request");

        async Task<List<int>> DaysAsync(string query)
        {
            var days = new List<int>();
            for (var path = "/chats" + query + and; path is not null;)
            {
                var page = await mia.GetAsync(path);
                page.Status.Should().Be(200, page.Text);
                days.AddRange(page.Json!.AsArray().Select(chat => 22 + visitors.FindIndex(each => each.ChatId == (string)chat!["id"]!)));
                path = page.Header("Link") is { } link ? link.Split('>')[0].TrimStart('<')["/admin".Length..] : null;
            }

            return days;
        }
    }

    [Fact]
    public async Task The_list_shows_the_newest_first_and_only_chats_in_which_something_was_said()
    {
        var mia = await _server.AdminAsync();
        await using var board = await mia.WatchAsync();
        var (first, second, third, silent) = (
            await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.VisitorAsync());
        foreach (var visitor in (Visitor[])[first, second, third, first])
        {
            await visitor.PostAsync("Hello " + visitor.ChatId);
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await silent.IdentifyAsync(new { name = "Silent" });
        await mia.PostAsync($"/chats/{second.ChatId}/archive");

        Ids(await mia.ListAsync()).Should().Equal(first.ChatId, third.ChatId);
        Ids(await mia.ListAsync("?archived=false")).Should().Equal(first.ChatId, third.ChatId);
        Ids(await mia.ListAsync("?archived=true")).Should().Equal(second.ChatId);
        Ids(await mia.ListAsync("?limit=1")).Should().Equal(first.ChatId);
        var row = (await mia.ListAsync())[0]!;
        ((long)row["message_count"]!).Should().Be(2);
        ((long)row["unread_count"]!).Should().Be(2);
        ((bool)row["unread"]!).Should().BeTrue();
        ((string)row["last_message_sender"]!).Should().Be("user");
        ((string)row["last_message_at"]!).Should().Be("2026-11-22T09:00:03.000Z");
        row.AsObject().Select(each => each.Key).Should().Contain(
            "id", "user_id", "user_email", "user_name", "user_verified", "last_message_at", "last_message_preview", "last_message_sender",
            "last_message_name", "message_count", "unread", "unread_count", "archived", "user_online", "user_blocked", "page_url",
            "time_zone");
        await board.SettleAsync();
        board.Of("chat_updated").Select(frame => (string)frame["chat"]!["id"]!).Should().NotContain(silent.ChatId);
        foreach (var wrong in (string[])["?limit=0", "?limit=x", "?limit=-1", "?cursor=nonsense", "?cursor=%22", "?cursor="])
            (await mia.GetAsync("/chats" + wrong)).Status.Should().Be(400, wrong);
        (await mia.GetAsync("/chats?limit=1000000")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_list_of_120_chats_is_paged_without_gap_or_repeat_while_people_write()
    {
        var mia = await _server.AdminAsync();
        var late = await _server.VisitorAsync();
        var visitors = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => _server.VisitorAsync()));
        foreach (var (visitor, each) in visitors.Select((visitor, each) => (visitor, each)))
        {
            await visitor.PostAsync("Hello");
            // Some of them within the same millisecond.
            if (each % 5 == 0)
                _server.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        var seen = new List<JsonNode>();
        for (var next = "/admin/chats?limit=25"; next is not null;)
        {
            var page = await new Admin(_server, "", "") { Cookie = mia.Cookie }.GetAsync(next);
            page.Json!.AsArray().Should().HaveCountLessOrEqualTo(25);
            seen.AddRange(page.Json.AsArray().Select(row => row!));
            next = page.Next;
            // Somebody new writes, and somebody who is on a page already.
            _server.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await late.PostAsync("Me too");
            await visitors.Single(visitor => visitor.ChatId == (string)seen[0]["id"]!).PostAsync("Still there?");
        }

        Ids(seen).Should().OnlyHaveUniqueItems().And.BeEquivalentTo(visitors.Select(visitor => visitor.ChatId));
        seen.Select(row => (string)row["last_message_at"]!).Should().BeInDescendingOrder(StringComparer.Ordinal);
        (await mia.ListAsync()).Should().HaveCount(50, "that is a page unless another is asked for");
        (await mia.GetAsync("/chats?limit=121")).Next.Should().BeNull("there is no more");
    }

    private static IEnumerable<string> Ids(IEnumerable<JsonNode?> rows) => rows.Select(row => (string)row!["id"]!);
}
