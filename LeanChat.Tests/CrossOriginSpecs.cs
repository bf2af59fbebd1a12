namespace LeanChat.Tests;

/// <summary>Which websites may read the answers: those that are named, never with credentials, and never an admin's.</summary>
public sealed class CrossOriginSpecs : IAsyncLifetime
{
    private const string Elsewhere = "https://elsewhere.example";

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Any_website_may_read_the_answers_but_never_with_credentials()
    {
        var visitor = await _server.VisitorAsync();
        foreach (var prefix in (string[])["/support_chat", "/api/support_chat", "/api/support-chat"])
        {
            foreach (var (method, path, body) in Visitor.Routes)
            {
                // Errors too: the widget wants to know what went wrong.
                var reply = await _server.AskAsync(
                    method, prefix + path, body, ("Origin", Elsewhere), ("Sec-Fetch-Site", "cross-site"),
                    ("Authorization", "Bearer unknown"));
                reply.Header("Access-Control-Allow-Origin").Should().BeOneOf("*", Elsewhere);
                reply.Header("Access-Control-Allow-Credentials").Should().BeNull();
            }
        }

        (await visitor.GetAsync("")).Header("Access-Control-Allow-Origin").Should().BeOneOf("*", Visitor.Website);
        (await visitor.GetAsync("/nowhere")).Header("Access-Control-Allow-Origin").Should().BeOneOf("*", Visitor.Website);
    }

    [Theory]
    [InlineData("/support_chat", "GET")]
    [InlineData("/support_chat/messages", "POST")]
    [InlineData("/api/support_chat/mark_read", "PATCH")]
    [InlineData("/api/support-chat/session", "DELETE")]
    public async Task A_browser_that_asks_first_is_told(string path, string method)
    {
        var reply = await _server.AskAsync(HttpMethod.Options, path, null,
            ("Origin", Elsewhere), ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", "authorization,content-type"));

        reply.Status.Should().BeOneOf(200, 204);
        reply.Header("Access-Control-Allow-Origin").Should().BeOneOf("*", Elsewhere);
        reply.Header("Access-Control-Allow-Methods")!.Split(',', StringSplitOptions.TrimEntries).Should().Contain(method);
        reply.Header("Access-Control-Allow-Headers")!.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries)
            .Should().Contain(["authorization", "content-type"]);
        reply.Header("Access-Control-Allow-Credentials").Should().BeNull();
        (await _server.QueryAsync("select count(*) from users")).Should().Equal("0");
    }

    [Fact]
    public async Task Where_websites_are_named_only_those_may_read()
    {
        await using var server = await LeanChatServer.StartAsync("AllowedOrigins=https://shop.example, http://localhost:3000");
        (await AllowedAsync("https://shop.example")).Should().Be("https://shop.example");
        (await AllowedAsync("http://localhost:3000")).Should().Be("http://localhost:3000");
        string[] strangers =
        [
            Elsewhere, "http://shop.example", "https://shop.example:8443", "https://shop.example.evil.example", "https://evilshop.example",
            "https://www.shop.example", "https://shop.example/", "https://shop.example@evil.example", "http://localhost", "null", "*",
            "https://shop.example,https://evil.example",
        ];
        foreach (var stranger in strangers)
            (await AllowedAsync(stranger)).Should().BeNull(stranger);

        async Task<string?> AllowedAsync(string origin)
        {
            var (plain, asked) = (await server.AskAsync(HttpMethod.Get, "/support_chat", null, ("Origin", origin)),
                await server.AskAsync(
                    HttpMethod.Options, "/support_chat", null, ("Origin", origin), ("Access-Control-Request-Method", "GET")));
            plain.Header("Vary").Should().Contain("Origin");
            plain.Header("Access-Control-Allow-Credentials").Should().BeNull();
            asked.Header("Access-Control-Allow-Origin").Should().Be(plain.Header("Access-Control-Allow-Origin"));
            return plain.Header("Access-Control-Allow-Origin");
        }
    }

    [Fact]
    public async Task The_admins_side_is_nobody_elses_to_read()
    {
        foreach (var path in (string[])["/admin", "/admin/me", "/api/admin/me", "/admin/chats", "/admin/nowhere"])
            (await _server.AskAsync(HttpMethod.Get, path, null, ("Origin", Elsewhere))).Response.Headers
                .Should().NotContain(header => header.Key.StartsWith("Access-Control"));
        var asked = await _server.AskAsync(
            HttpMethod.Options, "/admin/login", null, ("Origin", Elsewhere), ("Access-Control-Request-Method", "POST"));
        asked.Response.Headers.Should().NotContain(header => header.Key.StartsWith("Access-Control"));
    }
}
