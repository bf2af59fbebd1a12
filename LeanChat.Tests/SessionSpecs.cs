using System.Security.Cryptography;
using System.Text;

namespace LeanChat.Tests;

/// <summary>Who may speak as whom: tokens, cookies, origins, and an end to all of them.</summary>
public sealed class SessionSpecs : IAsyncLifetime
{
    private const string Cookie = "leanchat_session";
    private const string Elsewhere = "https://elsewhere.example";

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_token_is_32_random_bytes()
    {
        var (ada, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());

        ada.Token.Should().MatchRegex("^[A-Za-z0-9_-]{43}$").And.NotBe(bob.Token);
        (ada.ChatId, ada.UserId).Should().NotBe((bob.ChatId, bob.UserId));
    }

    [Theory]
    [InlineData("Bearer ")]
    [InlineData("bearer ")]
    [InlineData("BEARER ")]
    public async Task A_bearer_token_opens_its_chat(string scheme)
    {
        var visitor = await _server.VisitorAsync();

        var reply = await AskAsync(HttpMethod.Get, "", ("Authorization", scheme + visitor.Token));

        ((string)reply.Json!["id"]!).Should().Be(visitor.ChatId);
        reply.Json.AsObject().Should().NotContainKey("token");
    }

    [Theory]
    [InlineData("Bearer unknown")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic YTpi")]
    [InlineData("Token {0}")]
    [InlineData("{0}")]
    [InlineData("Bearer {0}x")]
    [InlineData("Bearer x{0}")]
    [InlineData("Bearer {1}")]
    [InlineData("Bearer {2}")]
    public async Task An_unknown_bearer_token_is_refused_everywhere(string header)
    {
        var visitor = await _server.VisitorAsync();
        var mia = await _server.AdminAsync();
        // Neither the hash of a token nor an admin's is a user's token.
        var value = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, header, visitor.Token, Hash(visitor.Token), mia.Cookie.Split('=')[1]);

        foreach (var (method, path, body) in Visitor.Routes)
        {
            var reply = await AskAsync(method, path, body, ("Authorization", value), ("Sec-Fetch-Site", "same-origin"));
            reply.Status.Should().Be(401, $"{method} {path}");
            reply.Error.Should().Be("unauthorized");
            reply.Header("Set-Cookie").Should().BeNull();
        }

        (await _server.QueryAsync("select count(*) from users")).Should().Equal("1");
    }

    [Fact]
    public async Task A_bearer_token_counts_before_any_cookie()
    {
        var (ada, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());

        var reply = await AskAsync(HttpMethod.Get, "", ("Authorization", "Bearer " + ada.Token), ("Cookie", $"{Cookie}={bob.Token}"));

        ((string)reply.Json!["id"]!).Should().Be(ada.ChatId);
    }

    [Fact]
    public async Task Our_own_pages_get_the_session_as_a_cookie_too()
    {
        var reply = await AskAsync(HttpMethod.Get, "", ("Sec-Fetch-Site", "same-origin"));

        var cookie = SetCookie(reply);
        cookie[0].Should().Be($"{Cookie}={reply.Json!["token"]}");
        cookie.Skip(1).Should().Contain(["path=/", "samesite=lax", "httponly"]);
        cookie.Should().NotContain("secure", "this is http").And.NotContain(part => part.StartsWith("domain"));
        cookie.Should().Contain(part => part.StartsWith("max-age="));
    }

    [Fact]
    public async Task Other_websites_get_no_cookie()
    {
        (await AskAsync(HttpMethod.Get, "", ("Sec-Fetch-Site", "cross-site"), ("Origin", Elsewhere))).Header("Set-Cookie")
            .Should().BeNull();
        (await AskAsync(HttpMethod.Get, "", ("Origin", Elsewhere))).Header("Set-Cookie").Should().BeNull();
        (await AskAsync(HttpMethod.Get, "", ("Sec-Fetch-Site", "same-site"))).Header("Set-Cookie").Should().BeNull();
    }

    [Fact]
    public async Task A_cookie_opens_its_chat()
    {
        var visitor = await _server.VisitorAsync();

        var reply = await AskAsync(
            HttpMethod.Get, "", ("Cookie", $"other=1; {Cookie}={visitor.Token}; more=2"), ("Sec-Fetch-Site", "same-origin"));

        ((string)reply.Json!["id"]!).Should().Be(visitor.ChatId);
        reply.Json.AsObject().Should().NotContainKey("token");
    }

    [Fact]
    public async Task An_unknown_cookie_makes_a_new_session()
    {
        var reply = await AskAsync(HttpMethod.Get, "", ("Cookie", Cookie + "=unknown"), ("Sec-Fetch-Site", "same-origin"));

        reply.Status.Should().Be(200);
        SetCookie(reply)[0].Should().Be($"{Cookie}={reply.Json!["token"]}").And.NotEndWith("unknown");
        foreach (var (method, path, body) in Visitor.Routes.Where(route => route.Path.Length > 0))
            (await AskAsync(method, path, body, ("Cookie", Cookie + "=unknown"), ("Sec-Fetch-Site", "same-origin"))).Status
                .Should().Be(401, $"{method} {path}");
    }

    [Fact]
    public async Task Another_websites_cookie_counts_as_none()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("A secret");

        var reply = await AskAsync(
            HttpMethod.Get, "", ("Cookie", $"{Cookie}={visitor.Token}"), ("Sec-Fetch-Site", "cross-site"), ("Origin", Elsewhere));

        ((string)reply.Json!["id"]!).Should().NotBe(visitor.ChatId);
        reply.Text.Should().NotContain("A secret");
    }

    [Fact]
    public async Task Under_https_the_cookie_is_bound_to_this_host()
    {
        var reply = await AskAsync(HttpMethod.Get, "", ("X-Forwarded-Proto", "https"), ("Sec-Fetch-Site", "same-origin"));

        var cookie = SetCookie(reply);
        cookie[0].Should().Be($"__Host-{Cookie}={reply.Json!["token"]}");
        cookie.Skip(1).Should().Contain(["path=/", "samesite=lax", "httponly", "secure"]).And.NotContain(part => part.StartsWith("domain"));

        var again = await AskAsync(
            HttpMethod.Get, "", ("X-Forwarded-Proto", "https"), ("Cookie", $"__Host-{Cookie}={reply.Json["token"]}"));
        ((string)again.Json!["id"]!).Should().Be((string)reply.Json["id"]!);
        // A cookie that a neighbouring host could have planted is not believed.
        var planted = await AskAsync(HttpMethod.Get, "", ("X-Forwarded-Proto", "https"), ("Cookie", $"{Cookie}={reply.Json["token"]}"));
        ((string)planted.Json!["id"]!).Should().NotBe((string)reply.Json["id"]!);
    }

    [Fact]
    public async Task Under_https_our_own_origin_is_https()
    {
        var visitor = await _server.VisitorAsync();
        var (cookie, secure) = (("Cookie", $"__Host-{Cookie}={visitor.Token}"), ("X-Forwarded-Proto", "https"));

        (await AskAsync(HttpMethod.Patch, "/mark_read", cookie, secure, ("Origin", _server.Origin.Replace("http:", "https:")))).Status
            .Should().Be(200);
        (await AskAsync(HttpMethod.Patch, "/mark_read", cookie, secure, ("Origin", _server.Origin))).Status.Should().Be(403);
    }

    public static TheoryData<string, string, string> Matrix
    {
        get
        {
            var all = new TheoryData<string, string, string>();
            foreach (var method in (string[])["GET", "POST", "PATCH", "DELETE"])
                foreach (var site in (string[])["", "same-origin", "same-site", "cross-site", "none", "same-origin,cross-site"])
                    foreach (var origin in (string[])["", "own", "other", "null", "other port", "https", "subdomain", "with path"])
                    {
                        // Somebody who types the address comes from nowhere; the contract leaves that open for a GET.
                        if (method != "GET" || site != "none")
                            all.Add(method, site, origin);
                    }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task A_cookie_is_believed_only_from_our_own_pages(string method, string site, string origin)
    {
        var visitor = await _server.VisitorAsync();
        var headers = new List<(string, string)> { ("Cookie", $"{Cookie}={visitor.Token}") };
        if (site.Length > 0)
            headers.Add(("Sec-Fetch-Site", site));
        if (origin.Length > 0)
        {
            headers.Add(("Origin", origin switch
            {
                "own" => _server.Origin,
                "other" => Elsewhere,
                "other port" => "http://127.0.0.1:1",
                "https" => _server.Origin.Replace("http:", "https:"),
                "subdomain" => _server.Origin.Replace("//", "//chat."),
                "with path" => _server.Origin + "/x",
                _ => "null",
            }));
        }

        var reply = method switch
        {
            "GET" => await AskAsync(HttpMethod.Get, "/messages?after=0", [.. headers]),
            "POST" => await AskAsync(HttpMethod.Post, "/messages", new { content = "Hello!" }, [.. headers]),
            "PATCH" => await AskAsync(HttpMethod.Patch, "/mark_read", [.. headers]),
            _ => await AskAsync(HttpMethod.Delete, "/session", [.. headers]),
        };

        var neither = site.Length == 0 && origin.Length == 0;
        var same = neither ? method == "GET" : site is "" or "same-origin" && origin is "" or "own";
        if (same)
            reply.Status.Should().BeOneOf(200, 201, 204);
        else
            reply.Status.Should().Be(method == "GET" ? 401 : 403, reply.Text);
        (await visitor.GetAsync("/messages?after=0")).Text.Contains("Hello!", StringComparison.Ordinal)
            .Should().Be(same && method == "POST");
    }

    [Fact]
    public async Task Behind_a_public_address_that_one_is_our_own()
    {
        await using var server = await LeanChatServer.StartAsync("PublicUrl=https://chat.example.com");
        var visitor = await server.VisitorAsync();
        var cookie = ("Cookie", $"{Cookie}={visitor.Token}");

        (await server.AskAsync(HttpMethod.Patch, "/support_chat/mark_read", null, cookie, ("Origin", "https://chat.example.com"))).Status
            .Should().Be(200);
        (await server.AskAsync(HttpMethod.Patch, "/support_chat/mark_read", null, cookie, ("Origin", server.Origin))).Status
            .Should().Be(403);
        (await server.AskAsync(HttpMethod.Patch, "/support_chat/mark_read", null, cookie, ("Origin", "http://chat.example.com"))).Status
            .Should().Be(403);
    }

    [Fact]
    public async Task Signing_out_ends_this_session_and_its_sockets_alone()
    {
        var visitor = await _server.VisitorAsync();
        var phone = visitor.Elsewhere(await SecondTokenAsync(visitor));
        await using var widget = await visitor.OpenAsync();
        await using var page = await Conversation.OpenAsync(
            new Uri(_server.Origin.Replace("http", "ws") + "/ws/chat"), _server.Origin, $"{Cookie}={visitor.Token}");
        await page.HearAsync("ready");
        await using var other = await phone.OpenAsync();

        var reply = await visitor.RequestAsync(HttpMethod.Delete, "/session");

        reply.Status.Should().Be(204);
        reply.Text.Should().BeEmpty();
        (await widget.ClosedAsync()).Should().Be(4401);
        (await page.ClosedAsync()).Should().Be(4401);
        (await visitor.GetAsync("")).Status.Should().Be(401);
        (await visitor.PostAsync("Hello?")).Status.Should().Be(401);
        (await visitor.RequestAsync(HttpMethod.Delete, "/session")).Status.Should().Be(401);
        await using (var late = await visitor.ConnectAsync())
        {
            await late.SayAsync(new { action = "auth", token = visitor.Token });
            (await late.ClosedAsync()).Should().Be(4401);
        }

        await other.SettleAsync();
        ((string)(await phone.ChatAsync())["id"]!).Should().Be(visitor.ChatId);
        (await _server.QueryAsync("select count(*) from sessions")).Should().Equal("1");
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_away()
    {
        var visitor = await _server.VisitorAsync();

        var reply = await AskAsync(
            HttpMethod.Delete, "/session", ("Cookie", $"{Cookie}={visitor.Token}"), ("Sec-Fetch-Site", "same-origin"));

        reply.Status.Should().Be(204);
        var cookie = SetCookie(reply);
        cookie[0].Should().Be(Cookie + "=");
        cookie.Should().Contain(["max-age=0", "path=/"]);
    }

    [Fact]
    public async Task The_database_knows_a_token_only_by_its_hash()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello!");

        (await _server.QueryAsync("select token_hash from sessions")).Should().Equal(Hash(visitor.Token));
        _server.OnDisk().Should().Contain(Hash(visitor.Token)).And.NotContain(visitor.Token);
    }

    [Fact]
    public async Task No_answer_but_the_first_carries_a_token()
    {
        var visitor = await _server.VisitorAsync();

        foreach (var (method, path, body) in Visitor.Routes)
        {
            var reply = await visitor.RequestAsync(method, path, body);
            (reply.Text + reply.Response.Headers + reply.Response.Content.Headers)
                .Should().NotContain(visitor.Token, $"{method} {path}").And.NotContain("\"token\"");
        }
    }

    [Fact]
    public async Task A_session_in_use_does_not_end_and_an_unused_one_does()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello!");

        foreach (var _ in Enumerable.Range(0, 3))
        {
            _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddDays(300));
            ((string)(await visitor.ChatAsync())["id"]!).Should().Be(visitor.ChatId);
        }

        _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddDays(401));
        (await visitor.GetAsync("")).Status.Should().Be(401);
    }

    [Fact]
    public async Task A_session_outlives_a_restart()
    {
        var visitor = await _server.VisitorAsync();

        await _server.RestartAsync();

        ((string)(await visitor.ChatAsync())["id"]!).Should().Be(visitor.ChatId);
    }

    private async Task<string> SecondTokenAsync(Visitor visitor)
    {
        var key = await _server.Database.WriteAsync(tx => LeanChat.Mail.ChatKeyStore.New(tx, visitor.ChatId));
        return (string)(await new Visitor(_server).RequestAsync(HttpMethod.Post, "/open", new { key })).Json!["token"]!;
    }

    private Task<Reply> AskAsync(HttpMethod method, string path, params (string, string)[] headers) =>
        AskAsync(method, path, null, headers);

    private Task<Reply> AskAsync(HttpMethod method, string path, object? body, params (string, string)[] headers) =>
        _server.AskAsync(method, "/support_chat" + path, body, headers);

    /// <summary>The one cookie that was set: name and value as they are, attributes in lower case.</summary>
    private static string[] SetCookie(Reply reply)
    {
        var parts = reply.Response.Headers.GetValues("Set-Cookie").Single().Split(';', StringSplitOptions.TrimEntries);
        return [parts[0], .. parts.Skip(1).Select(part => part.ToLowerInvariant())];
    }

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
