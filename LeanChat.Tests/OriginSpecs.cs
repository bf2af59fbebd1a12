using LeanChat.Chats;

namespace LeanChat.Tests;

/// <summary>Where we are reached, as proxies of every habit tell it, and what is told to a page of ours that does not look so.</summary>
public sealed class OriginSpecs
{
    private const string Chat = "https://chat.example.com";

    /// <summary>The page's origin and the headers of its request, as they reach us from this machine.</summary>
    public static readonly TheoryData<string, string> Ours = new()
    {
        { Chat, "Host: chat.example.com; X-Forwarded-Proto: https" },
        { Chat, "Host: chat.example.com:443; X-Forwarded-Proto: https" },
        { Chat + ":443", "Host: chat.example.com; X-Forwarded-Proto: https" },
        { "http://chat.example.com", "Host: chat.example.com:80" },
        { "http://chat.example.com:8080", "Host: chat.example.com:8080" },
        { Chat, "Host: 127.0.0.1:5080; X-Forwarded-Host: chat.example.com:443; X-Forwarded-Proto: https" },
        { Chat, "Host: chat.example.com; X-Forwarded-Ssl: on" },
        { Chat, "Host: chat.example.com; X-Forwarded-Proto: https,http" },
        { Chat, "Host: chat.example.com; X-Forwarded-Proto: HTTPS , http" },
        { Chat, "Host: chat.example.com; X-Forwarded-Proto: wss" },
        { Chat, "Host: CHAT.Example.COM; X-Forwarded-Proto: https" },
        { Chat, "Host: chat.example.com.; X-Forwarded-Proto: https" },
        { Chat + ".", "Host: chat.example.com.; X-Forwarded-Proto: https" },
        { "http://[::1]:5080", "Host: [::1]:5080" },
        { "https://[2001:db8::1]", "Host: [2001:DB8:0::1]:443; X-Forwarded-Proto: https" },
        { "https://xn--mller-kva.example", "Host: xn--mller-kva.example; X-Forwarded-Proto: https" },
        { Chat, "Host: chat.example.com; Forwarded: proto=https" },
        { Chat, "Host: chat.example.com; X-Forwarded-For: 203.0.113.9; Forwarded: proto=https" },
        { Chat, "Host: 127.0.0.1:5080; Forwarded: for=192.0.2.43|host=\"chat.example.com:443\"|proto=\"https\"" },
        {
            Chat,
            "Host: 127.0.0.1:5080; Forwarded: For=\"[2001:db8::17]:4711\" | Proto=HTTPS | Host=chat.example.com"
            + " | by=203.0.113.43, for=127.0.0.1|proto=http|host=inner"
        },
        { Chat, "Host: 127.0.0.1:5080; Forwarded: for=_hidden|ext=\"a\\\"b|c,d\"|host=chat.example.com|proto=https" },
        {
            Chat,
            "Host: inner; X-Forwarded-For: 203.0.113.9, 127.0.0.2;"
            + " X-Forwarded-Host: chat.example.com, middle; X-Forwarded-Proto: https, http"
        },
        {
            Chat,
            "Host: chat.example.com; X-Forwarded-Host: chat.example.com; X-Forwarded-Proto: https;"
            + " Forwarded: proto=http|host=other.example"
        },
    };

    public static readonly TheoryData<string, string> Others = new()
    {
        { "null", "Host: chat.example.com; X-Forwarded-Proto: https" },
        { "https://evil.example", "Host: chat.example.com; X-Forwarded-Proto: https" },
        { Chat + ".evil.example", "Host: chat.example.com; X-Forwarded-Proto: https" },
        { "https://chat.example.com@evil.example", "Host: chat.example.com; X-Forwarded-Proto: https" },
        { Chat + "/page", "Host: chat.example.com; X-Forwarded-Proto: https" },
        { Chat + ":8443", "Host: chat.example.com; X-Forwarded-Proto: https" },
        { Chat, "Host: chat.example.com" },
        { Chat, "Host: chat.example.com:443" },
        { Chat, "Host: chat.example.com; X-Forwarded-Ssl: off" },
        { Chat, "Host: chat.example.com; X-Forwarded-Proto: javascript" },
        { Chat, "Host: chat.example.com; Forwarded: proto=\"https" },
        {
            "https://evil.example",
            "Host: chat.example.com; X-Forwarded-For: evil.example, 203.0.113.9;"
            + " X-Forwarded-Host: evil.example, chat.example.com; X-Forwarded-Proto: https"
        },
        { Chat, "Host: chat.example.com; X-Forwarded-Host: chat.example.com/x y; X-Forwarded-Proto: http" },
    };

    [Theory]
    [MemberData(nameof(Ours))]
    public async Task A_page_of_our_own_is_known_by_what_the_proxy_says(string opened, string headers)
    {
        await using var server = await LeanChatServer.StartAsync();

        (await ChangeAsync(server, opened, headers)).Status.Should().Be(401, "it is our page; nobody is signed in");
    }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Any_other_page_is_not(string opened, string headers)
    {
        await using var server = await LeanChatServer.StartAsync();

        (await ChangeAsync(server, opened, headers)).Status.Should().Be(403);
    }

    [Theory]
    [InlineData("https://MÜLLER.example:443/", "https://xn--mller-kva.example")]
    [InlineData("https://xn--mller-kva.example", "https://xn--mller-kva.example")]
    [InlineData("HTTPS://Chat.Example.com./", Chat)]
    [InlineData("https://shop.example/chat/", "https://shop.example")]
    public async Task Where_PublicUrl_says_who_we_are_nothing_else_counts(string publicUrl, string opened)
    {
        await using var server = await LeanChatServer.StartAsync("PublicUrl=" + publicUrl);

        (await ChangeAsync(server, opened, "Host: 127.0.0.1:5080; X-Forwarded-Proto: http")).Status.Should().Be(401);
        (await ChangeAsync(server, Chat + ":8443", "Host: chat.example.com:8443; X-Forwarded-Proto: https")).Status.Should().Be(403);
        var cookies = (await server.AskAsync(HttpMethod.Get, "/support_chat", null, ("Sec-Fetch-Site", "same-origin"))).Header(
            "Set-Cookie");
        cookies.Should()
            .MatchRegex("^__(Host|Secure)-leanchat_session=.*secure", "its cookies are for https alone, whatever the line to the proxy is");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.5, 127.0.0.0/8", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("none", false)]
    [InlineData("None", false)]
    [InlineData("10.0.0.5", false)]
    [InlineData("::1", false)]
    public async Task Forwarded_headers_count_from_exactly_those_who_are_trusted(string trusted, bool counts)
    {
        await using var server = await LeanChatServer.StartAsync(
            "TrustedProxies=" + trusted, "Limits:NewUsersPerHour=1", "MetricsFor=203.0.113.9");

        foreach (var says in (string[])["X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "Forwarded: proto=https"])
            (await ChangeAsync(server, Chat, "Host: chat.example.com; " + says)).Status.Should().Be(counts ? 401 : 403, says);
        (await ChangeAsync(server, "http://chat.example.com", "Host: inner; X-Forwarded-Host: chat.example.com")).Status
            .Should().Be(counts ? 401 : 403);
        foreach (var says in (string[])["X-Forwarded-For: 203.0.113.1", "Forwarded: for=203.0.113.2", "X-Forwarded-For: 203.0.113.3:4711"])
            (await AskAsync(server, HttpMethod.Get, "/support_chat", says)).Status
                .Should().Be(counts || says.EndsWith(".1", StringComparison.Ordinal) ? 200 : 429, says);
        (await AskAsync(server, HttpMethod.Get, "/metrics", "X-Forwarded-For: 203.0.113.9")).Status
            .Should().Be(counts ? 200 : 404, "who is not known not to be a stranger is one");
        (await AskAsync(server, HttpMethod.Get, "/metrics", "X-Forwarded-For: 203.0.113.10")).Status.Should().Be(404);
        (await AskAsync(server, HttpMethod.Get, "/metrics", "")).Status.Should().Be(200, "this machine itself asks");
    }

    [Fact]
    public async Task Websites_that_may_embed_are_known_in_any_spelling()
    {
        await using var server = await LeanChatServer.StartAsync("AllowedOrigins=https://www.Müller.example:443, http://shop.example/");

        foreach (var (origin, may) in ((string, bool)[])[
            ("https://www.xn--mller-kva.example", true), ("http://shop.example:80", true), ("http://shop.example", true),
            ("https://shop.example", false), ("null", false), ("https://www.example", false)])
            ((await server.AskAsync(HttpMethod.Get, "/support_chat", null, ("Origin", origin))).Header(
                "Access-Control-Allow-Origin") == origin).Should().Be(may, origin);
    }

    [Fact]
    public async Task Who_is_refused_for_the_proxys_sake_is_told_so_and_so_is_the_log_once()
    {
        var data = Directory.CreateTempSubdirectory("leanchat-").FullName;
        try
        {
            await using var server = await Running.StartAsync("--data", data, "--urls", "http://127.0.0.1:0");
            var (login, body) = ("/admin/login", new { email = "mia@example.com", password = "x" });
            const string Scheme =
                "This page was opened as https://chat.example.com but the server thinks it is "
                + "http://chat.example.com. Set PublicUrl, or let the proxy send X-Forwarded-Proto.";

            (await SayAsync(server, login, body, ("Host", "chat.example.com"), ("Origin", "https://evil.example")))
                .Should().NotContain("PublicUrl", "it is none of ours");
            (await SayAsync(server, login, body, ("Host", "chat.example.com"), ("Origin", Chat))).Should().Be(Scheme);
            (await SayAsync(
                server, "/admin/logout", null, ("Host", "chat.example.com:80"), ("Origin", Chat),
                ("Sec-Fetch-Site", "same-origin"))).Should().Be(Scheme);
            (await SayAsync(server, login, body, ("Host", "chat.example.com"), ("Origin", "http://chat.example.com:8080")))
                .Should().Be(
                    "This page was opened as http://chat.example.com:8080 but the server thinks it is "
                    + "http://chat.example.com. Set PublicUrl, or let the proxy pass on Host with its port.");
            (await SayAsync(server, login, body, ("Host", "inner-7f9c:5080"), ("Origin", Chat), ("Sec-Fetch-Site", "same-origin")))
                .Should().Contain(Chat).And.Contain("PublicUrl").And.NotContain("inner-7f9c");
            foreach (var socket in (string[])["/ws/admin", "/ws/chat?as=admin&chat_id=x"])
            {
                (await SayAsync(
                    server, socket, null, ("Host", "chat.example.com"), ("Origin", Chat), ("Connection", "Upgrade"),
                    ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")))
                    .Should().Be(Scheme, socket);
            }

            await server.StopAsync();

            server.Said.Split('\n').Where(line => line.Contains("was refused", StringComparison.Ordinal)).Should().ContainSingle()
                .Which.Should().Contain(Chat)
                    .And.Contain("http://chat.example.com.").And.Contain("PublicUrl").And.Contain("X-Forwarded-Proto");
            server.Said.Should().NotContain("evil.example");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<string> SayAsync(Running server, string path, object? body, params (string Name, string Value)[] headers)
    {
        using var client = server.Client();
        var method = path.StartsWith("/ws/", StringComparison.Ordinal) ? HttpMethod.Get : HttpMethod.Post;
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : Wire.Body(body) };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).Should().BeTrue();
        var reply = await (await client.SendAsync(request)).ReplyAsync();
        reply.Status.Should().Be(403, reply.Text);
        return (string)reply.Json!["message"]!;
    }

    /// <summary>A change that only our own pages may make, by nobody.</summary>
    private static Task<Reply> ChangeAsync(LeanChatServer server, string origin, string headers) =>
        AskAsync(server, HttpMethod.Post, "/admin/logout", "Origin: " + origin + "; " + headers);

    private static Task<Reply> AskAsync(LeanChatServer server, HttpMethod method, string path, string headers) => server.AskAsync(
        method, path, null, [.. headers.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(header => header.Split(": ")).Select(
            parts => (parts[0], parts[1].Replace('|', ';')))]);
}
