using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What waits for an answer: chats whose last word is the visitor's, chats marked unread, and whose the last words are.</summary>
public sealed class UnansweredSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0");
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_unanswered_are_listed_alone_with_every_other_filter()
    {
        var (open, answered, away, found) = (await AskAsync("oak"), await AskAsync("oak"), await AskAsync("oak"), await AskAsync("ash"));
        await _mia.ReplyAsync(answered.ChatId, "Yes, oak");
        foreach (var chat in (string[])[away.ChatId, answered.ChatId])
            await _mia.PostAsync($"/chats/{chat}/archive");

        (await IdsAsync("?unanswered=true")).Should().Equal(found.ChatId, open.ChatId);
        (await IdsAsync("?unanswered=false")).Should().Equal(found.ChatId, open.ChatId);
        (await IdsAsync("?unanswered=true&archived=true")).Should().Equal(away.ChatId);
        (await IdsAsync("?archived=true")).Should().Equal(answered.ChatId, away.ChatId);
        (await IdsAsync("?unanswered=true&q=oak")).Should().Equal(open.ChatId);
        (await IdsAsync("?unanswered=true&q=oak&archived=true")).Should().Equal(away.ChatId);
        await _mia.OpenChatAsync(open.ChatId);
        (await IdsAsync("?unanswered=true&q=oak")).Should().Equal([open.ChatId], "reading is not answering");
        await _mia.ReplyAsync(open.ChatId, "Yes");
        (await IdsAsync("?unanswered=true")).Should().Equal(found.ChatId);
    }

    [Fact]
    public async Task The_unanswered_are_paged_by_the_lists_own_index()
    {
        var all = new List<string>();
        for (var each = 0; each < 7; each++)
        {
            var visitor = await AskAsync("Hello?");
            if (each % 2 == 0)
                all.Insert(0, visitor.ChatId);
            else
                await _mia.ReplyAsync(visitor.ChatId, "Hello!");
        }

        var seen = new List<string>();
        for (var next = "/admin/chats?unanswered=true&limit=2"; next is not null;)
        {
            var page = await new Admin(_server, "", "") { Cookie = _mia.Cookie }.GetAsync(next);
            seen.AddRange(page.Json!.AsArray().Select(row => (string)row!["id"]!));
            next = page.Next;
        }

        seen.Should().Equal(all);
        var plan = await _server.QueryAsync(
            """
            explain query plan select 1 from support_chats c join users u on u.id = c.user_id
            where c.archived_at is null and c.last_message_at is not null and (c.last_message_at, c.row) < ('~', 0)
              and (1 = 0 or c.last_message_sender = 'user')
            order by c.last_message_at desc, c.row desc limit 50
            """);
        plan.Should().Contain(line => line.Contains("support_chats_active")).And.NotContain(line => line.Contains("TEMP B-TREE"));
    }

    [Fact]
    public async Task A_chat_marked_unread_is_unread_until_it_is_opened_again()
    {
        var jo = await AskAsync("Hello?");
        await using var widget = await jo.OpenAsync();
        await _mia.OpenChatAsync(jo.ChatId);
        var read = await ReadAtAsync(jo);
        await using var board = await _mia.WatchAsync();

        var marked = await _mia.PostAsync($"/chats/{jo.ChatId}/unread");
        var again = await _mia.PostAsync($"/chats/{jo.ChatId}/unread");

        (marked.Status, again.Status, again.Text).Should().Be((200, 200, marked.Text));
        ((bool)marked.Json!["unread"]!, (long)marked.Json["unread_count"]!).Should().Be((true, 0));
        var told = await board.HearAsync("chat_updated");
        told["chat"]!.ToJsonString().Should().Be(marked.Json.ToJsonString().Replace("\u002B", "+", StringComparison.Ordinal));
        await board.SettleAsync();
        board.Of("chat_updated").Should().ContainSingle("marking twice is marking once");
        ((long)(await _mia.GetAsync("/counts")).Json!["unread"]!).Should().Be(1);
        (await ReadAtAsync(jo)).Should().Be(read);
        await widget.SettleAsync();
        widget.Of("read").Should().ContainSingle("the visitor hears nothing of it");

        await _server.RestartAsync();
        (await _mia.SignInAsync()).Should().NotBeNull();
        (await RowAsync()).Should().Be((true, 0L));
        await _mia.ReplyAsync(jo.ChatId, "Good morning");
        (await RowAsync()).Should().Be((true, 0L), "nobody has opened it");
        await jo.PostAsync("Are you there?");
        (await RowAsync()).Should().Be((true, 1L));
        ((long)(await _mia.GetAsync("/counts")).Json!["unread"]!).Should().Be(1, "it waits once");
        await _mia.OpenChatAsync(jo.ChatId);
        (await RowAsync()).Should().Be((false, 0L));
        await _mia.PostAsync($"/chats/{jo.ChatId}/unread");
        await using var later = await _mia.WatchAsync();
        await _mia.OpenChatAsync(jo.ChatId);
        ((bool)(await later.HearAsync("chat_updated"))["chat"]!["unread"]!).Should().BeFalse();
        ((long)(await _mia.GetAsync("/counts")).Json!["unread"]!).Should().Be(0);
        await _server.AuditAsync(_mia);
    }

    [Fact]
    public async Task Only_a_chat_in_which_something_was_said_can_be_marked()
    {
        var (silent, archived) = (await _server.VisitorAsync(), await AskAsync("Hello?"));
        ((bool)(await _mia.PostAsync($"/chats/{silent.ChatId}/unread")).Json!["unread"]!).Should().BeFalse();
        (await _mia.PostAsync("/chats/01890000-0000-7000-8000-000000000000/unread")).Status.Should().Be(404);
        await _mia.OpenChatAsync(archived.ChatId);
        await _mia.PostAsync($"/chats/{archived.ChatId}/archive");

        var row = (await _mia.PostAsync($"/chats/{archived.ChatId}/unread")).Json!;

        ((bool)row["unread"]!, (bool)row["archived"]!).Should().Be((true, true), "it stays where it is");
        ((long)(await _mia.GetAsync("/counts")).Json!["unread"]!).Should().Be(0, "only what is in the inbox waits");
    }

    [Fact]
    public async Task A_row_says_which_admin_wrote_last()
    {
        var jo = await AskAsync("Hello?");
        var unnamed = await _server.AdminAsync("leo@example.com", null);
        (await AuthorAsync()).Should().BeNull();
        await unnamed.ReplyAsync(jo.ChatId, "Good morning");
        (await AuthorAsync()).Should().Be(unnamed.Id);
        await _mia.ReplyAsync(jo.ChatId, "Good evening");
        (await AuthorAsync()).Should().Be(_mia.Id);
        await jo.PostAsync("Thank you");
        (await AuthorAsync()).Should().BeNull();

        async Task<string?> AuthorAsync() => (string?)(await _mia.ListAsync())[0]!["last_message_admin_id"];
    }

    private async Task<Visitor> AskAsync(string text)
    {
        var visitor = await _server.VisitorAsync();
        (await visitor.PostAsync(text)).Status.Should().Be(201);
        _server.Clock.Advance(TimeSpan.FromMilliseconds(10));
        return visitor;
    }

    private async Task<IEnumerable<string>> IdsAsync(string query) => (await _mia.ListAsync(query)).Select(row => (string)row!["id"]!);

    private async Task<(bool Unread, long Count)> RowAsync() =>
        (await _mia.ListAsync())[0] is JsonNode row ? ((bool)row["unread"]!, (long)row["unread_count"]!) : default;

    private static async Task<string> ReadAtAsync(Visitor visitor) =>
        (string)(await visitor.GetAsync("/messages?after=0")).Json![0]!["read_at"]!;
}
