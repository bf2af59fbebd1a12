namespace LeanChat.Tests;

/// <summary>Who may come in, and how the others are told.</summary>
public sealed class HandshakeSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_first_frame_says_who_it_is()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.ConnectAsync();

        await widget.SayAsync(new { action = "auth", token = visitor.Token });

        var ready = await widget.HearAsync("ready");
        ((string)ready["chat_id"]!).Should().Be(visitor.ChatId);
        ((long)ready["seq"]!).Should().Be(0);
        ((bool)ready["admin_online"]!).Should().BeFalse();
        ((int)ready["limits"]!["content_length"]!).Should().Be(5000);
        ((int)ready["limits"]!["frame_bytes"]!).Should().Be(65_536);
        ((int)ready["limits"]!["messages_per_minute"]!).Should().Be(60);
    }

    [Fact]
    public async Task On_our_own_page_the_cookie_says_who_it_is()
    {
        var visitor = await _server.VisitorAsync();
        await using var page = await visitor.OpenOwnPageAsync();

        ((string)page.All[0]["chat_id"]!).Should().Be(visitor.ChatId);
    }

    [Theory]
    [InlineData("chat_id")]
    [InlineData("id")]
    public async Task The_chat_may_be_named_in_the_address(string name)
    {
        var visitor = await _server.VisitorAsync();
        await using var page = await visitor.OpenOwnPageAsync($"?{name}={visitor.ChatId}");
        await using var widget = await visitor.ConnectAsync($"?{name}={visitor.ChatId}");
        await widget.SayAsync(new { action = "auth", token = visitor.Token });

        ((string)(await widget.HearAsync("ready"))["chat_id"]!).Should().Be(visitor.ChatId);
    }

    [Fact]
    public async Task A_cookie_from_another_website_says_nothing()
    {
        var visitor = await _server.VisitorAsync();
        await using var socket = await Conversation.OpenAsync(_server.Socket("/ws/chat"), Visitor.Website, visitor.Cookie);

        await socket.SayAsync(new { action = "typing" });

        ((string)(await socket.HearAsync("error"))["code"]!).Should().Be("unauthorized");
        (await socket.ClosedAsync()).Should().Be(4401);
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    [InlineData("none")]
    [InlineData("nonsense")]
    public async Task A_cookie_says_nothing_where_the_browser_says_that_another_site_asks(string site)
    {
        var visitor = await _server.VisitorAsync();
        await using var socket = await Conversation.OpenAsync(
            _server.Socket("/ws/chat"), ("Origin", Visitor.Website), ("Cookie", visitor.Cookie), ("Sec-Fetch-Site", site));

        await socket.SettleAsync();

        socket.Of("ready").Should().BeEmpty();
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_wrong_token_is_told_so(string? token)
    {
        await using var widget = await (await _server.VisitorAsync()).ConnectAsync();

        await widget.SayAsync(new { action = "auth", token });

        ((string)(await widget.HearAsync("error"))["code"]!).Should().Be("unauthorized");
        (await widget.ClosedAsync()).Should().Be(4401);
    }

    [Fact]
    public async Task A_session_that_was_ended_opens_nothing()
    {
        var visitor = await _server.VisitorAsync();
        (await visitor.RequestAsync(HttpMethod.Delete, "/session")).Status.Should().Be(204);
        await using var widget = await visitor.ConnectAsync();

        await widget.SayAsync(new { action = "auth", token = visitor.Token });

        (await widget.ClosedAsync()).Should().Be(4401);
    }

    [Fact]
    public async Task An_admins_token_is_no_users_token()
    {
        var mia = await _server.AdminAsync();
        await using var widget = await (await _server.VisitorAsync()).ConnectAsync();

        await widget.SayAsync(new { action = "auth", token = mia.Cookie.Split('=')[1] });

        (await widget.ClosedAsync()).Should().Be(4401);
    }

    [Fact]
    public async Task Who_does_not_say_who_it_is_is_let_go_after_five_seconds()
    {
        var visitor = await _server.VisitorAsync();
        await using var silent = await visitor.ConnectAsync();
        await using var chatty = await visitor.ConnectAsync();
        await using var known = await visitor.OpenAsync();
        await silent.SettleAsync();

        _server.Clock.Advance(TimeSpan.FromMilliseconds(4999));
        await silent.SettleAsync();
        _server.Clock.Advance(TimeSpan.FromMilliseconds(1));

        (await silent.ClosedAsync()).Should().Be(4408);
        (await chatty.ClosedAsync()).Should().Be(4408);
        await known.SettleAsync();
    }

    [Theory]
    [InlineData("send_message")]
    [InlineData("mark_read")]
    [InlineData("typing")]
    [InlineData("page")]
    [InlineData("dance")]
    [InlineData(null)]
    public async Task Who_acts_before_saying_who_it_is_is_refused(string? action)
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.ConnectAsync();

        await widget.SayAsync(new { action, content = "Hello", client_id = "c1" });
        try
        {
            await widget.SayAsync(new { action = "auth", token = visitor.Token });
        }
        catch (System.Net.WebSockets.WebSocketException)
        {
            // Shown out already: it is too late for that.
        }

        ((string)(await widget.HearAsync("error"))["code"]!).Should().Be("unauthorized");
        (await widget.ClosedAsync()).Should().Be(4401);
        widget.Of("ready").Should().BeEmpty();
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task On_our_own_page_the_widgets_token_wins_over_the_cookie()
    {
        var visitor = await _server.VisitorAsync();
        var other = await _server.VisitorAsync();
        await other.PostAsync("Earlier");
        await using var page = await visitor.OpenOwnPageAsync();

        await page.SayAsync(new { action = "auth", token = other.Token, after = 0 });
        ((string)(await page.HearAsync("ready"))["chat_id"]!).Should().Be(other.ChatId);
        await page.SendAsync("Mine", "c1");
        await visitor.PostAsync("Not for this page any more");
        await page.SettleAsync();

        page.Messages.Select(message => (string)message["content"]!).Should().Equal("Earlier", "Mine");
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task A_second_auth_that_does_not_hold_ends_the_socket()
    {
        var visitor = await _server.VisitorAsync();
        var other = await _server.VisitorAsync();
        await using var wrong = await visitor.OpenOwnPageAsync();
        await using var elsewhere = await visitor.OpenOwnPageAsync("?chat_id=" + visitor.ChatId);

        await wrong.SayAsync(new { action = "auth", token = "wrong" });
        await elsewhere.SayAsync(new { action = "auth", token = other.Token });

        (await wrong.ClosedAsync()).Should().Be(4401);
        (await elsewhere.ClosedAsync()).Should().Be(4403);
    }

    [Fact]
    public async Task A_second_auth_that_is_no_auth_leaves_nobody_waiting_for_ever()
    {
        var visitor = await _server.VisitorAsync();
        await using var page = await visitor.OpenOwnPageAsync();

        await page.SayAsync(new { action = "auth", token = visitor.Token, after = -1 });
        ((string)(await page.HearAsync("error"))["code"]!).Should().Be("bad_request");
        _server.Clock.Advance(TimeSpan.FromSeconds(5));

        try
        {
            await page.SendAsync("Still me", "c1");
        }
        catch (Exception e) when (e is InvalidOperationException or System.Net.WebSockets.WebSocketException)
        {
            // Let go is as good as still known; what it must not be is nobody, with a seat.
            (await page.ClosedAsync()).Should().Be(4408);
        }
    }

    [Fact]
    public async Task An_auth_on_an_admins_socket_changes_nobody()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var commands = await mia.JoinAsync(visitor.ChatId);

        await commands.SayAsync(new { action = "auth", token = visitor.Token });

        ((string)(await commands.SendAsync("Hi", "a1"))["sender_type"]!).Should().Be("admin");
    }

    [Fact]
    public async Task Nobody_enters_another_chat()
    {
        var visitor = await _server.VisitorAsync();
        var other = await _server.VisitorAsync();
        foreach (var query in Chats(other.ChatId))
        {
            var reply = await _server.KnockAsync("/ws/chat" + query, ("Origin", _server.Origin), ("Cookie", visitor.Cookie));
            reply.Status.Should().Be(403, query);
            reply.Error.Should().Be("forbidden");

            await using var widget = await visitor.ConnectAsync(query);
            await widget.SayAsync(new { action = "auth", token = visitor.Token });
            ((string)(await widget.HearAsync("error"))["code"]!).Should().Be("forbidden", query);
            (await widget.ClosedAsync()).Should().Be(4403);
            widget.Of("ready").Should().BeEmpty();
        }

        static string[] Chats(string others) =>
            [
                $"?chat_id={others}", $"?id={others}", "?chat_id=01890000-0000-7000-8000-000000000000", "?chat_id=nonsense", "?chat_id=",
                "?id=%00", $"?chat_id={others}&id=x",
            ];
    }

    [Fact]
    public async Task Where_an_admin_is_signed_in_too_the_users_own_session_speaks()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var page = await Conversation.OpenAsync(_server.Socket("/ws/chat"), _server.Origin, $"{visitor.Cookie}; {mia.Cookie}");

        var message = await page.SendAsync("Trying my own shop", "c1");

        ((string)message["sender_type"]!).Should().Be("user");
        var other = await _server.VisitorAsync();
        (await _server.KnockAsync(
            "/ws/chat?chat_id=" + other.ChatId,
            ("Origin", _server.Origin),
            ("Cookie", $"{visitor.Cookie}; {mia.Cookie}"))).Status.Should().Be(403);
    }

    [Theory]
    [InlineData("/ws/chat")]
    [InlineData("/ws/admin")]
    [InlineData("/ws/chat?as=admin&chat_id=x")]
    public async Task HTTP_1_0_knows_no_upgrade(string path)
    {
        foreach (var (upgrade, status) in ((string, string)[])[("Connection: Upgrade\r\nUpgrade: websocket\r\n", "400"), ("", "426")])
        {
            using var tcp = new System.Net.Sockets.TcpClient(_server.Address.Host, _server.Address.Port);
            await tcp.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.0\r\nHost: {_server.Address.Authority}\r\nOrigin: {_server.Origin}\r\n"
                + $"{upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
            using var reader = new StreamReader(tcp.GetStream());
            (await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10))).Should().StartWith($"HTTP/1.1 {status} ");
        }
    }

    [Theory]
    [InlineData("/ws/chat")]
    [InlineData("/ws/admin")]
    [InlineData("/ws/chat?as=admin")]
    public async Task Plain_http_is_told_to_upgrade(string path)
    {
        using var client = _server.Client();
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete])
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Add("Origin", _server.Origin);
            var reply = await (await client.SendAsync(request)).ReplyAsync();
            (reply.Status, reply.Error).Should().Be((426, "upgrade_required"));
            reply.Header("Sec-WebSocket-Version").Should().Be("13");
            reply.Header("Upgrade").Should().Be("websocket", "RFC 9110 §15.5.22 asks for it");
        }
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 8")]
    [InlineData("Sec-WebSocket-Version: 12")]
    [InlineData("Sec-WebSocket-Version: 14")]
    public async Task A_version_that_nobody_speaks_is_told_the_right_one(string version)
    {
        using var client = _server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/ws/chat");
        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", version.Split(": ")[1]);

        var reply = await (await client.SendAsync(request)).ReplyAsync();

        reply.Status.Should().Be(426);
        reply.Header("Sec-WebSocket-Version").Should().Be("13");
    }

    [Fact]
    public async Task A_session_that_ends_takes_its_sockets_with_it()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        await using var page = await visitor.OpenOwnPageAsync();
        var other = await _server.VisitorAsync();
        await using var others = await other.OpenAsync();

        (await visitor.RequestAsync(HttpMethod.Delete, "/session")).Status.Should().Be(204);

        (await widget.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        (await page.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        await others.SettleAsync();
    }
}
