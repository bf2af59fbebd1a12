namespace LeanChat.Tests;

/// <summary>From which pages a socket may be opened: an admin's from our own alone, a visitor's from the websites that are named.</summary>
public sealed class SocketOriginSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Only_an_admin_speaks_as_one_and_only_from_our_own_page()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        var path = "/ws/chat?as=admin&chat_id=" + visitor.ChatId;

        (await _server.KnockAsync(path, ("Origin", _server.Origin))).Status.Should().Be(403, "there is no session");
        (await _server.KnockAsync(path, ("Origin", _server.Origin), ("Cookie", visitor.Cookie))).Status.Should().Be(403, "that is a user");
        (await _server.KnockAsync(path, ("Origin", _server.Origin), ("Cookie", "leanchat_admin=" + visitor.Token))).Status
            .Should().Be(403, "that is a user's token");
        (await _server.KnockAsync(path, ("Origin", Visitor.Website), ("Cookie", mia.Cookie))).Status
            .Should().Be(403, "that is another website");
        (await _server.KnockAsync(path, ("Cookie", mia.Cookie))).Status.Should().Be(403, "no page asks");
        (await _server.KnockAsync(path, ("Origin", _server.Origin), ("Cookie", mia.Cookie))).Status.Should().Be(101);
        (await _server.KnockAsync(path, ("Origin", _server.Origin), ("Cookie", $"{visitor.Cookie}; {mia.Cookie}"))).Status.Should().Be(101);
    }

    [Fact]
    public async Task The_dashboards_socket_is_for_admins_on_our_own_page()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();

        (await _server.KnockAsync("/ws/admin", ("Origin", _server.Origin))).Status.Should().Be(403);
        (await _server.KnockAsync("/ws/admin", ("Origin", _server.Origin), ("Cookie", visitor.Cookie))).Status.Should().Be(403);
        (await _server.KnockAsync("/ws/admin", ("Origin", _server.Origin), ("Cookie", "leanchat_admin=" + visitor.Token))).Status
            .Should().Be(403);
        (await _server.KnockAsync("/ws/admin", ("Origin", _server.Origin), ("Cookie", "leanchat_admin=wrong"))).Status.Should().Be(403);
        (await _server.KnockAsync("/ws/admin", ("Origin", _server.Origin), ("Authorization", "Bearer " + mia.Cookie.Split('=')[1]))).Status
            .Should().Be(401, "a bearer is a program's token, and this is none");
        (await _server.KnockAsync("/ws/admin", ("Cookie", mia.Cookie))).Status.Should().Be(403, "a missing Origin is refused");
        var refused = await _server.KnockAsync("/ws/admin", ("Origin", Visitor.Website), ("Cookie", mia.Cookie));
        (refused.Status, refused.Error).Should().Be((403, "forbidden"));
        (await _server.KnockAsync("/ws/admin", ("Origin", _server.Origin), ("Cookie", mia.Cookie))).Status.Should().Be(101);
    }

    [Fact]
    public async Task No_trick_with_the_origin_opens_the_admins_side()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        var (host, port) = (_server.Address.Host, _server.Address.Port);
        string[] tricks =
        [
            "null", "NULL", "", "*", "undefined", "about:blank", "file://", "data:", "blob:" + _server.Origin,
            "chrome-extension://abcdefghijklmnop",
            host, $"{host}:{port}", $"//{host}:{port}", $"http:{host}:{port}", $"http:/{host}:{port}", $"http:///{host}:{port}",
            $"https://{host}:{port}", $"ws://{host}:{port}", $"wss://{host}:{port}", $"ftp://{host}:{port}", $"httpx://{host}:{port}",
            $"xhttp://{host}:{port}",
            $"http://{host}", $"http://{host}:80", $"http://{host}:443", $"http://{host}:{port + 1}", $"http://{host}:{port}0",
            $"http://{host}:0{port}", $"http://{host}:+{port}",
            $"http://{host}.:{port}", $"http://.{host}:{port}", $"http://evil.{host}:{port}", $"http://{host}.evil.example:{port}",
            $"http://evil{host}:{port}",
            $"http://{host}:{port}.evil.example", $"http://{host}:{port}@evil.example", $"http://{host}%3A{port}@evil.example",
            $"http://evil.example@{host}:{port}", $"http://user:pass@{host}:{port}",
            $"http://{host}:{port}/", $"http://{host}:{port}/admin", $"http://{host}:{port}?", $"http://{host}:{port}#",
            $"http://{host}:{port}\\", $"http://{host}:{port};",
            $"http://{host}:{port}, http://evil.example", $"http://evil.example, http://{host}:{port}",
            $"http://{host}:{port} http://evil.example", $"http://{host}:{port},{_server.Origin}",
            $"http://localhost:{port}", $"http://127.1:{port}", $"http://2130706433:{port}", $"http://0x7f.0.0.1:{port}",
            $"http://0177.0.0.1:{port}", $"http://[::1]:{port}", $"http://[::ffff:127.0.0.1]:{port}", $"http://0.0.0.0:{port}",
            $"\"http://{host}:{port}\"", $"'http://{host}:{port}'", $"<http://{host}:{port}>", $"http://{host}:{port}\t.evil.example",
            $"http://%31%32%37.0.0.1:{port}", "http://shop.example", "https://shop.example",
        ];
        tricks.Should().HaveCountGreaterThan(40);
        foreach (var path in (string[])["/ws/admin", "/ws/chat?as=admin&chat_id=" + visitor.ChatId])
        {
            foreach (var trick in tricks)
                (await StatusAsync(path, "Origin: " + trick)).Should().BeOneOf([403, 400], "the origin is {0}", trick);
            (await StatusAsync(path, "Origin: http://evil.example", "Origin: " + _server.Origin)).Should().BeOneOf(403, 400);
            (await StatusAsync(path, "Origin: " + _server.Origin, "Origin: http://evil.example")).Should().BeOneOf(403, 400);
            (await StatusAsync(path, "Origin: " + _server.Origin, "Origin: " + _server.Origin)).Should().BeOneOf(403, 400);
            (await StatusAsync(path, "Referer: " + _server.Origin + "/admin")).Should().Be(403);
            (await StatusAsync(path, "Sec-WebSocket-Origin: " + _server.Origin)).Should().Be(403);
            (await StatusAsync(path, "Sec-Fetch-Site: same-origin")).Should().Be(403, "a missing Origin is refused");
            foreach (var site in (string[])["cross-site", "same-site", "SAME-ORIGIN, cross-site", "nonsense"])
                (await StatusAsync(path, "Origin: " + _server.Origin, "Sec-Fetch-Site: " + site))
                    .Should().Be(403, "the browser says {0}", site);
            (await StatusAsync(path, "Origin: " + _server.Origin)).Should().Be(101);
            (await StatusAsync(path, "Origin: " + _server.Origin, "Sec-Fetch-Site: same-origin")).Should().Be(101);
        }

        async Task<int> StatusAsync(string path, params string[] headers)
        {
            await using var socket = await RawSocket.KnockAsync(_server, path, ["Cookie: " + mia.Cookie, .. headers]);
            return socket.Status;
        }
    }

    [Fact]
    public async Task The_case_of_a_hosts_name_does_not_matter()
    {
        var mia = await _server.AdminAsync();
        var port = _server.Address.Port;
        foreach (var (host, origin) in ((string, string)[])[
            ("localhost", "http://LOCALHOST"), ("LocalHost", "http://localhost"), ("localhost", "HTTP://localhost")])
        {
            await using var socket = await RawSocket.KnockAsync(
                _server, "/ws/admin", $"Host: {host}:{port}", $"Origin: {origin}:{port}", "Cookie: " + mia.Cookie);
            socket.Status.Should().Be(101, origin);
        }
    }

    [Fact]
    public async Task Behind_a_proxy_the_public_address_is_our_own()
    {
        await using var server = await LeanChatServer.StartAsync("PublicUrl=https://chat.example");
        var visitor = await server.VisitorAsync();
        await using var own = await Conversation.OpenAsync(server.Socket("/ws/chat"), "https://chat.example", visitor.Cookie);
        await own.HearAsync("ready");

        await using var bare = await Conversation.OpenAsync(server.Socket("/ws/chat"), server.Origin, visitor.Cookie);
        await bare.SettleAsync();
        bare.Of("ready").Should().BeEmpty("the address behind the proxy is not where our pages are");
    }

    [Fact]
    public async Task Where_websites_are_named_only_they_and_our_own_pages_connect()
    {
        await using var server = await LeanChatServer.StartAsync("AllowedOrigins=https://shop.example,https://blog.example:8443");

        (await server.KnockAsync("/ws/chat", ("Origin", "https://shop.example"))).Status.Should().Be(101);
        (await server.KnockAsync("/ws/chat", ("Origin", "https://SHOP.example"))).Status.Should().Be(101);
        (await server.KnockAsync("/ws/chat", ("Origin", "https://blog.example:8443"))).Status.Should().Be(101);
        (await server.KnockAsync("/ws/chat", ("Origin", server.Origin))).Status.Should().Be(101);
        foreach (var origin in (string[])[
            "https://evil.example", "http://shop.example", "https://shop.example:444", "https://www.shop.example",
            "https://shop.example.evil.example", "https://blog.example", "null", "https://shop.example, https://evil.example"])
            (await server.KnockAsync("/ws/chat", ("Origin", origin))).Status.Should().Be(403, origin);
    }

    [Fact]
    public async Task Without_named_websites_any_may_embed_the_chat()
    {
        foreach (var origin in (string[])["https://shop.example", "http://localhost:3000", "null"])
            (await _server.KnockAsync("/ws/chat", ("Origin", origin))).Status.Should().Be(101, origin);
    }
}
