using Microsoft.Playwright;

namespace LeanChat.Tests;

/// <summary>The same chat in other clients' languages, each spoken by its own unmodified library, in Node and in Chromium.</summary>
[Collection(BrowserStories.Name)]
public sealed class DialectSpecs(Browser browser) : IAsyncLifetime
{
    private const string Node = "in Node";
    private const string Page = "in Chromium";

    private readonly List<IAsyncDisposable> _open = [];
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public static TheoryData<string, string> Everybody => Those("sse", "cable", "pusher", "echo", "socketio");

    public static TheoryData<string, string> WhoResumes => Those("sse", "cable", "socketio");

    /// <summary>Laravel Echo tells nothing of its connection; pusher-js under it does.</summary>
    public static TheoryData<string, string> WhoTells => Those("sse", "cable", "pusher", "socketio");

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:SocketsPerUser=2");
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync()
    {
        await browser.EverybodyLeavesAsync();
        foreach (var each in _open)
            await each.DisposeAsync();
        await _server.DisposeAsync();
    }

    [ClientsTheory]
    [MemberData(nameof(Everybody))]
    public async Task It_hears_what_a_WebSocket_hears_in_the_same_order(string kind, string host)
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        var client = await OpenAsync(kind, host, visitor);
        await client.HearAsync("ready");
        _server.Get<Chats.Presence>().UserOnline(visitor.UserId).Should().BeTrue();

        await Task.WhenAll(
            SayAsync(i => client.DoAsync("send", $"from the client {i} \"' \\ 👋", $"c{i}")),
            SayAsync(i => widget.SayAsync(new { action = "send_message", content = $"from the widget {i}", client_id = $"w{i}" })),
            SayAsync(i => _mia.ReplyAsync(visitor.ChatId, $"from Mia {i}")));

        await client.HearMessagesAsync(30);
        await widget.HearSeqAsync(30);
        client.Messages.Select(message => message.ToJsonString()).Should().Equal(widget.Messages.Select(message => message.ToJsonString()));
        client.Seqs.Should().Equal(Enumerable.Range(1, 30).Select(seq => (long)seq));
        await client.DoAsync("close");
        await widget.HangUpAsync();
        await Eventually.IsTrueAsync(() => !_server.Get<Chats.Presence>().UserOnline(visitor.UserId));

        static async Task SayAsync(Func<int, Task> say)
        {
            for (var i = 0; i < 10; i++)
                await say(i);
        }
    }

    [ClientsTheory]
    [MemberData(nameof(WhoResumes))]
    public async Task It_resumes_after_the_seq_it_names(string kind, string host)
    {
        var visitor = await _server.VisitorAsync();
        for (var i = 1; i <= 210; i++)
            await _mia.ReplyAsync(visitor.ChatId, $"Reply {i}");

        var client = await OpenAsync(kind, host, visitor, after: 3);
        await client.HearMessagesAsync(207);
        await _mia.ReplyAsync(visitor.ChatId, "Live");
        await client.HearMessagesAsync(208);

        client.Seqs.Should().Equal(Enumerable.Range(4, 208).Select(seq => (long)seq));
    }

    [ClientsTheory]
    [MemberData(nameof(WhoTells))]
    public async Task It_comes_back_after_a_restart_and_misses_nothing(string kind, string host)
    {
        var visitor = await _server.VisitorAsync();
        var client = await OpenAsync(kind, host, visitor, after: kind == "cable" ? 0 : null);
        await client.HearAsync("ready");
        await visitor.PostAsync("Before");
        await client.HearMessagesAsync(1);

        await _server.StopAsync();
        await client.HearAsync("lost", "unavailable", "connecting");
        if (kind is "sse" or "socketio")
            client.All.Should().Contain(each => (string?)each["type"] == "going_away");
        await _server.RestartAsync(stopped: true);
        // Pusher cannot resume: its client asks over HTTP for what it missed.
        if (kind == "pusher")
            await client.HearAsync("ready");
        await visitor.PostAsync("After");

        await client.HearMessagesAsync(2);
        // ActionCable comes back with the identifier of the beginning: its page drops by id what it has.
        (kind == "cable" ? client.Seqs.Distinct() : client.Seqs).Should().Equal(1, 2);
    }

    [ClientsTheory]
    [MemberData(nameof(WhoTells))]
    public async Task The_end_of_its_session_ends_it_within_a_second_and_for_good(string kind, string host)
    {
        var visitor = await _server.VisitorAsync();
        var client = await OpenAsync(kind, host, visitor);
        await client.HearAsync("ready");

        (await visitor.RequestAsync(HttpMethod.Delete, "/session")).Status.Should().Be(204);

        await Eventually.IsTrueAsync(() => !_server.Get<Chats.Presence>().UserOnline(visitor.UserId), TimeSpan.FromSeconds(1));
        await Eventually.IsTrueAsync(() => _server.Hub.Count == 0, TimeSpan.FromSeconds(1));
        await client.HearAsync("stopped", "disconnected", "failed");
        _server.Hub.Count.Should().Be(0);
    }

    [ClientsTheory]
    [MemberData(nameof(WhoTells))]
    public async Task A_blocked_user_hears_nothing_more(string kind, string host)
    {
        var visitor = await _server.VisitorAsync();
        var client = await OpenAsync(kind, host, visitor);
        await client.HearAsync("ready");

        (await _mia.PostAsync($"/users/{visitor.UserId}/block")).Status.Should().Be(204);

        await Eventually.IsTrueAsync(() => !_server.Get<Chats.Presence>().UserOnline(visitor.UserId), TimeSpan.FromSeconds(1));
        await client.HearAsync("stopped", "disconnected", "failed");
        await _mia.ReplyAsync(visitor.ChatId, "Can you hear me?");
        client.Messages.Should().BeEmpty();
    }

    [ClientsTheory]
    [MemberData(nameof(WhoTells))]
    public async Task It_counts_among_the_sockets_of_its_user(string kind, string host)
    {
        var visitor = await _server.VisitorAsync();
        await using var one = await visitor.OpenAsync();
        await using (var other = await visitor.OpenAsync())
        {
            var third = await OpenAsync(kind, host, visitor);
            await third.HearAsync("rejected", "stopped", "disconnected");
            third.All.Should().NotContain(each => (string?)each["type"] == "ready");
            await third.DoAsync("close");
            await other.HangUpAsync();
        }

        await Eventually.IsTrueAsync(() => _server.Hub.Count == 1);
        var second = await OpenAsync(kind, host, visitor);
        await second.HearAsync("ready");
        await using var late = await visitor.ConnectAsync();
        await late.SayAsync(new { action = "auth", token = visitor.Token });
        (await late.ClosedAsync()).Should().Be(4409);
    }

    [ClientsTheory]
    [InlineData("sse", Node, "stopped")]
    [InlineData("cable", Node, "rejected")]
    [InlineData("pusher", Node, "rejected")]
    [InlineData("echo", Node, "rejected")]
    [InlineData("socketio", Node, "rejected")]
    public async Task An_unknown_session_and_another_users_chat_are_refused(string kind, string host, string how)
    {
        var (visitor, other) = (await _server.VisitorAsync(), await _server.VisitorAsync());

        var stranger = await OpenAsync(kind, host, visitor.Elsewhere("x" + visitor.Token));
        var refused = await stranger.HearAsync(how);
        if (kind == "sse")
            ((int)refused["code"]!).Should().Be(401);
        if (kind == "socketio")
            ((string)refused["error"]!).Should().Be("unauthorized");

        if (kind == "sse")
            return;
        var curious = OtherClient.InNode(kind, new { origin = _server.Origin, token = visitor.Token, chatId = other.ChatId });
        _open.Add(curious);
        refused = await curious.HearAsync(how);
        if (kind == "socketio")
            ((string)refused["error"]!).Should().Be("forbidden");
        if (kind is "pusher" or "echo")
            ((int)refused["status"]!).Should().Be(403);
        await _mia.ReplyAsync(other.ChatId, "Secret");
        curious.Messages.Should().BeEmpty();
    }

    private static TheoryData<string, string> Those(params string[] kinds)
    {
        var all = new TheoryData<string, string>();
        foreach (var kind in kinds)
        {
            all.Add(kind, Node);
            all.Add(kind, Page);
        }

        return all;
    }

    private async Task<OtherClient> OpenAsync(string kind, string host, Visitor visitor, long? after = null)
    {
        if (host == Node)
        {
            var client = OtherClient.InNode(
                kind, new { origin = _server.Origin, token = visitor.Token, chatId = visitor.ChatId, after });
            _open.Add(client);
            return client;
        }

        var page = await browser.PersonAsync();
        if (kind == "sse")
        {
            // A browser's EventSource sends no header: it speaks by cookie, on our own pages.
            await page.Context.AddCookiesAsync(
                [new Cookie { Name = "leanchat_session", Value = visitor.Token, Url = _server.Origin, HttpOnly = true }]);
            await page.GotoAsync(_server.Origin + "/healthz");
            return await OtherClient.InPageAsync(page, kind, new { origin = _server.Origin, after });
        }

        var site = await Website.OpenAsync("<!doctype html><title>Shop</title>");
        _open.Add(site);
        await page.GotoAsync(site.Origin);
        return await OtherClient.InPageAsync(
            page, kind, new { origin = _server.Origin, token = visitor.Token, chatId = visitor.ChatId, after });
    }
}
