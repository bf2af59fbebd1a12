namespace LeanChat.Tests;

/// <summary>PublicUrl with a path: everything below it, asked for with the path and without, as proxies keep or strip it.</summary>
public sealed class PathSpecs
{
    private const string Site = "https://shop.example";

    [Theory]
    [InlineData("/chat")]
    [InlineData("/admin")]
    [InlineData("/api")]
    [InlineData("/support_chat")]
    [InlineData("/support/chat")]
    [InlineData("/caf%C3%A9")]
    public async Task All_routes_are_there_whatever_the_path_is_called(string below)
    {
        await using var server = await LeanChatServer.StartAsync($"PublicUrl={Site}{below}");
        foreach (var prefix in (string[])["", below])
        {
            foreach (var (path, holds) in ((string, string)[])[
                ("/healthz", "ok"), ("/widget.js", "LeanChat"), ("/admin", "id=\"reply\""), ("/chat", "data-inline"),
                ("/metrics", "leanchat_chats"),
                ("/openapi/v1.json", $"\"url\": \"{below}\""), ("/admin.webmanifest", $"\"start_url\":\"{below}/admin\""),
                ("/support_chat", "token"), ("/api/support_chat", "token")])
            {
                var reply = await server.AskAsync(HttpMethod.Get, prefix + path);
                reply.Status.Should().Be(200, prefix + path);
                reply.Text.Should().Contain(holds, prefix + path);
            }

            (await server.AskAsync(HttpMethod.Get, prefix + "/icons/icon-192.png")).Status.Should().Be(200);
            (await server.AskAsync(HttpMethod.Get, prefix + "/")).Text
                .Should().Contain($"{Site}{below}/widget.js").And.Contain($"src=\"{below}/widget.js\"");
            (await server.AskAsync(HttpMethod.Get, prefix + "/admin/me", null, ("Sec-Fetch-Site", "same-origin"))).Status
                .Should().Be(401, prefix);
            (await server.AskAsync(HttpMethod.Get, prefix + "/api/admin/me", null, ("Sec-Fetch-Site", "same-origin"))).Status
                .Should().Be(401, prefix);
            (await server.AskAsync(HttpMethod.Get, prefix + "/support_chat/messages")).Status.Should().Be(401, prefix);
            (await server.KnockAsync(prefix + "/ws/chat", ("Origin", Visitor.Website))).Status.Should().Be(101, prefix);
            (await server.KnockAsync(prefix + "/ws/admin", ("Origin", Site))).Status.Should().Be(403, prefix);
            (await server.AskAsync(HttpMethod.Get, prefix + "/nothing")).Status.Should().Be(404, prefix);
            (await server.AskAsync(HttpMethod.Get, prefix + "/unsubscribe?letter=x&proof=y")).Text.Should().Contain("<h1>", prefix);
        }

        (await server.AskAsync(HttpMethod.Get, below)).Status.Should().Be(200, "without a slash, too");
        (await server.AskAsync(HttpMethod.Get, server.Origin + "//admin")).Status
            .Should().Be(200, "nginx makes two slashes of one in `location /chat` with a slash after the port");
    }

    [Fact]
    public async Task The_cookies_are_sent_below_the_path_alone()
    {
        await using var server = await LeanChatServer.StartAsync($"PublicUrl={Site}/chat");
        var signedIn = await server.AskAsync(
            HttpMethod.Post,
            "/chat/admin/setup",
            new { token = server.SetupToken, email = "mia@example.com", password = Admin.Password },
            ("Origin", Site));
        var arrived = await server.AskAsync(HttpMethod.Get, "/support_chat", null, ("Sec-Fetch-Site", "same-origin"));

        signedIn.Status.Should().Be(201, signedIn.Text);
        foreach (var (reply, name) in ((Reply, string)[])[(signedIn, "__Secure-leanchat_admin"), (arrived, "__Secure-leanchat_session")])
        {
            reply.Cookie(name).Should().NotBeNullOrEmpty();
            reply.Header("Set-Cookie")!.ToLowerInvariant().Split("; ").Should().Contain(["path=/chat", "secure", "httponly"])
                .And.NotContain(part => part.StartsWith("domain", StringComparison.Ordinal));
        }

        var cookie = ("Cookie", "__Secure-leanchat_admin=" + signedIn.Cookie("__Secure-leanchat_admin"));
        foreach (var path in (string[])["/chat/admin/me", "/admin/me", "/chat/api/admin/me"])
            (await server.AskAsync(HttpMethod.Get, path, null, cookie, ("Sec-Fetch-Site", "same-origin"))).Status.Should().Be(200, path);
        (await server.AskAsync(HttpMethod.Post, "/chat/admin/logout", null, cookie, ("Origin", Site))).Header("Set-Cookie")
            .Should().Contain("path=/chat", "a cookie is taken back where it was given");
    }

    [Fact]
    public async Task The_next_page_of_a_list_is_below_the_path()
    {
        await using var server = await LeanChatServer.StartAsync($"PublicUrl={Site}/chat");
        for (var each = 0; each < 2; each++)
            await (await server.VisitorAsync()).PostAsync("Hello?");
        var signedIn = await server.AskAsync(
            HttpMethod.Post,
            "/chat/admin/setup",
            new { token = server.SetupToken, email = "mia@example.com", password = Admin.Password },
            ("Origin", Site));
        var cookie = ("Cookie", "__Secure-leanchat_admin=" + signedIn.Cookie("__Secure-leanchat_admin"));

        foreach (var path in (string[])["/chat/admin/chats", "/admin/chats"])
            (await server.AskAsync(HttpMethod.Get, path + "?limit=1", null, cookie, ("Sec-Fetch-Site", "same-origin"))).Header("Link")
                .Should().StartWith("</chat/admin/chats?archived=", path);
    }

    [Fact]
    public async Task The_shops_own_pages_count_as_the_website_with_the_widget()
    {
        await using var server = await LeanChatServer.StartAsync($"PublicUrl={Site}/chat");
        var signedIn = await server.AskAsync(
            HttpMethod.Post,
            "/admin/setup",
            new { token = server.SetupToken, email = "mia@example.com", password = Admin.Password },
            ("Origin", Site));
        var cookie = ("Cookie", "__Secure-leanchat_admin=" + signedIn.Cookie("__Secure-leanchat_admin"));

        await server.AskAsync(HttpMethod.Get, "/chat/widget.js", null, ("Sec-Fetch-Site", "same-origin"));
        (await server.AskAsync(HttpMethod.Get, "/admin/me", null, cookie, ("Sec-Fetch-Site", "same-origin"))).Json!["widget_seen_at"]
            .Should().BeNull("that was our demo page");
        await server.AskAsync(HttpMethod.Get, "/chat/widget.js", null, ("Sec-Fetch-Site", "same-origin"), ("Referer", Site + "/tables"));
        (await server.AskAsync(HttpMethod.Get, "/admin/me", null, cookie, ("Sec-Fetch-Site", "same-origin"))).Json!["widget_seen_at"]
            .Should().NotBeNull();
    }
}
