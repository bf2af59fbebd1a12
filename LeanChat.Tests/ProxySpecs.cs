using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LeanChat.Chats;
using LeanChat.Proof;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Behind the proxies that people have, configured by the examples in deploy/ and by what people make of them:
/// real ones, over TLS.</summary>
[Collection(BrowserStories.Name)]
public sealed class ProxySpecs(Browser browser) : IAsyncLifetime
{
    private const string Root = "https://chat.example.com";
    private const string Below = "https://shop.example/chat";

    /// <summary>What nginx is told to say, in place of the example's headers; with or without PublicUrl.</summary>
    public static TheoryData<string, string, string> Habits => new()
    {
        { "the port in Host", "", "Host $host:443;X-Forwarded-Proto $scheme" },
        { "the port in both", "", "Host $host:443;X-Forwarded-Host $host:443;X-Forwarded-Proto $scheme" },
        { "Host rewritten", "", "X-Forwarded-Host $http_host;X-Forwarded-Proto $scheme" },
        { "Forwarded alone", "", "Host $http_host;Forwarded proto=https" },
        { "Forwarded in full", "", "Forwarded 'for=\"$remote_addr:$remote_port\";host=\"$http_host\";proto=$scheme'" },
        { "X-Forwarded-Ssl", "", "Host $http_host;X-Forwarded-Ssl on" },
        { "another proxy before it", "", "Host $http_host;X-Forwarded-Proto \"https, http\";X-Forwarded-For \"203.0.113.9, 127.0.0.1\"" },
        { "no scheme, PublicUrl set", Root, "Host $http_host" },
        { "nothing at all, PublicUrl set", Root + ":443/", "" },
    };

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => browser.EverybodyLeavesAsync();

    [ProxyFact(RunningProxy.Caddy)]
    public Task All_goes_through_Caddy() => ThroughAsync(RunningProxy.Caddy);

    [ProxyFact(RunningProxy.Nginx)]
    public Task All_goes_through_nginx() => ThroughAsync(RunningProxy.Nginx);

    [ProxyTheory]
    [MemberData(nameof(Habits))]
    public async Task Whatever_the_proxy_says_of_us_the_owner_signs_in_and_all_hear_each_other(string habit, string publicUrl, string says)
    {
        await using var server = await LeanChatServer.StartAsync("PublicUrl=" + publicUrl);
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Nginx, server.Address, edit: site => Say(site, says));
        using var line = proxy.From("127.0.0.1");

        await TalkAsync(server, line, new Uri(Root), "__Host-leanchat_admin", "/", habit);
    }

    [ProxyFact(RunningProxy.Nginx)]
    public async Task Where_the_proxy_hides_the_scheme_the_page_is_told_what_to_set()
    {
        await using var server = await LeanChatServer.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(
            RunningProxy.Nginx, server.Address, edit: site => Say(site, "Host $http_host"));
        using var client = new HttpClient(proxy.From("127.0.0.1"));

        var refused = await SetUpAsync(server, client, new Uri(Root));

        (refused.Status, refused.Error).Should().Be((403, "forbidden"));
        ((string)refused.Json!["message"]!).Should().Be(
            $"This page was opened as {Root} but the server thinks it is http://chat.example.com. "
            + "Set PublicUrl, or let the proxy send X-Forwarded-Proto.");
    }

    [ProxyTheory]
    [InlineData(RunningProxy.Nginx, false)]
    [InlineData(RunningProxy.Nginx, true)]
    [InlineData(RunningProxy.Caddy, false)]
    [InlineData(RunningProxy.Caddy, true)]
    public async Task Below_a_path_everything_is_there_whether_the_proxy_strips_the_path_or_keeps_it(string program, bool strips)
    {
        await using var post = MailServer.Start();
        await using var server = await LeanChatServer.StartAsync(["PublicUrl=" + Below + "/", .. post.Settings]);
        await using var proxy = await RunningProxy.StartAsync(
            program, server.Address, below: true, edit: site => strips ? Strip(site) : site);
        using var line = proxy.From("127.0.0.1");
        using var client = new HttpClient(line, disposeHandler: false);

        (await client.GetStringAsync(new Uri("https://shop.example/admin"))).Should().Be("The shop.", "the rest of the host is another's");
        foreach (var path in (string[])[
            "/healthz", "/metrics", "/widget.js", "/admin.webmanifest", "/icons/icon-192.png", "/openapi/v1.json", "/admin", "/chat", "/"])
            (await (await client.GetAsync(new Uri(Below + path))).ReplyAsync()).Status.Should().Be(200, path);
        (await client.GetStringAsync(new Uri(Below + "/"))).Should().Contain("src=\"/chat/widget.js\"")
            .And.Contain($"src=\"{Below}/widget.js\"").And.Contain("href=\"/chat/admin\"").And.Contain("href=\"/chat/chat\"");
        (await client.GetStringAsync(new Uri(Below + "/chat"))).Should().Contain("src=\"/chat/widget.js\"");

        var (chatId, visitor, cookie) = await TalkAsync(server, line, new Uri(Below + "/"), "__Secure-leanchat_admin", "/chat");
        await LetterAsync(server, post, client, chatId, visitor, cookie);
    }

    [BrowserTheory]
    [InlineData(RunningProxy.Nginx, true)]
    [InlineData(RunningProxy.Caddy, false)]
    public async Task Below_a_path_the_pages_work_in_a_browser(string program, bool strips)
    {
        var port = Ports.Free();
        var address = $"https://localhost:{port}/chat";
        await using var server = await LeanChatServer.StartAsync("PublicUrl=" + address);
        await using var proxy = await RunningProxy.StartAsync(
            program, server.Address, below: true, edit: site => strips ? Strip(site) : site, port);
        var (owner, visitor) = (await browser.PersonAsync(anyCertificate: true), await browser.PersonAsync(anyCertificate: true));
        List<string> strays = [];
        foreach (var page in (IPage[])[owner, visitor])
            page.Request += (_, request) => strays.AddRange(
                request.Url.StartsWith(address, StringComparison.Ordinal) || !request.Url.StartsWith("https:", StringComparison.Ordinal)
                    ? []
                    : [request.Url]);

        await owner.GotoAsync($"{address}/admin#setup={server.SetupToken}");
        await owner.Locator("#d-name").FillAsync("Mia");
        await owner.Locator("#d-email").FillAsync("mia@example.com");
        await owner.Locator("#d-pass").FillAsync(Admin.Password);
        await owner.Keyboard.PressAsync("Enter");
        await owner.Locator("#first-1").ClickAsync();
        await Expect(owner.Locator("#blank code")).ToHaveTextAsync($"<script async src=\"{address}/widget.js\"></script>");
        await visitor.GotoAsync(address + "/");
        await Expect(visitor.Locator("#code")).ToHaveTextAsync($"<script async src=\"{address}/widget.js\"></script>");
        await visitor.GetByRole(AriaRole.Button, new() { Name = "Open chat" }).ClickAsync();
        await visitor.Locator("textarea").FillAsync("Is it oak?");
        await visitor.Keyboard.PressAsync("Enter");
        await owner.Locator(".row").First.ClickAsync();
        await owner.Locator("#reply").FillAsync("It is.");
        await owner.Keyboard.PressAsync("Enter");

        await Expect(visitor.Locator(".bubble").GetByText("It is.")).ToBeVisibleAsync();
        await owner.ReloadAsync();
        await Expect(owner.GetByText("It is.").First).ToBeVisibleAsync(new() { Timeout = 10_000 });
        strays.Should().BeEmpty("nothing is asked of the site around it");
    }

    /// <summary>All `proxy_set_header` lines but those for the upgrade make way for these.</summary>
    private static string Say(string site, string says) =>
        Regex.Replace(site, @"^\t\tproxy_set_header (?!Upgrade|Connection).*\n", "", RegexOptions.Multiline).Replace(
            "\t\tproxy_buffering off;\n",
            "\t\tproxy_buffering off;\n" + string.Concat(SplitSaying(says).Select(each => $"\t\tproxy_set_header {each};\n")),
            StringComparison.Ordinal);

    private static string[] SplitSaying(string says) =>
        [.. Regex.Split(says, """;(?=(?:[^']*'[^']*')*[^']*$)""").Where(each => each.Length > 0)];

    private static string Strip(string site) =>
        site.Replace("proxy_pass http://127.0.0.1:5080;", "proxy_pass http://127.0.0.1:5080/;", StringComparison.Ordinal)
            .Replace("handle /chat/*", "handle_path /chat/*", StringComparison.Ordinal);

    private static async Task ThroughAsync(string program)
    {
        await using var server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=3");
        await using var proxy = await RunningProxy.StartAsync(program, server.Address);
        using var line = proxy.From("127.0.0.1");

        await TalkAsync(server, line, new Uri($"https://localhost:{proxy.Port}"), "__Host-leanchat_admin", "/");
        await CountAsync(proxy);
    }

    private static async Task<Reply> SetUpAsync(LeanChatServer server, HttpClient client, Uri outside)
    {
        using var setup = new HttpRequestMessage(HttpMethod.Post, new Uri(outside, "admin/setup"))
        {
            Content = Wire.Body(new { token = server.SetupToken, email = "mia@example.com", password = Admin.Password, name = "Mia" }),
        };
        setup.Headers.Add("Origin", outside.GetLeftPart(UriPartial.Authority));
        setup.Headers.Add("Sec-Fetch-Site", "same-origin");
        return await (await client.SendAsync(setup)).ReplyAsync();
    }

    /// <summary>The owner signs in on https, a visitor writes over the WebSocket, both hear each other.</summary>
    private static async Task<(string ChatId, string Visitor, string Cookie)> TalkAsync(
        LeanChatServer server, SocketsHttpHandler line, Uri outside, string cookieName, string path, string habit = "")
    {
        using var client = new HttpClient(line, disposeHandler: false);
        var signedIn = await SetUpAsync(server, client, outside);
        signedIn.Status.Should().Be(201, habit + signedIn.Text);
        signedIn.Header("Set-Cookie")!.ToLowerInvariant().Split("; ")
            .Should().Contain(["path=" + path, "samesite=strict", "httponly", "secure"]);
        var cookie = $"{cookieName}={signedIn.Cookie(cookieName)}";
        using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri(outside, "admin/me"))
        {
            Headers = { { "Cookie", cookie }, { "Sec-Fetch-Site", "same-origin" } },
        };
        (await (await client.SendAsync(asked)).ReplyAsync()).Status.Should().Be(200, "it is signed in");

        var chat = (await (await client.GetAsync(new Uri(outside, "support_chat"))).ReplyAsync()).Json!;
        var (sockets, origin) = (new UriBuilder(outside) { Scheme = "wss" }.Uri, outside.GetLeftPart(UriPartial.Authority));
        using var invoker = new HttpMessageInvoker(line, disposeHandler: false);
        await using var board = await Conversation.OpenAsync(new Uri(sockets, "ws/admin"), invoker, ("Origin", origin), ("Cookie", cookie));
        await board.HearAsync("ready");
        await using var visitor = await Conversation.OpenAsync(new Uri(sockets, "ws/chat"), invoker, ("Origin", Visitor.Website));
        await visitor.SayAsync(new { action = "auth", token = (string)chat["token"]! });
        await visitor.HearAsync("ready");
        var longest = new string('ü', 5000);
        await visitor.SayAsync(new { action = "send_message", content = longest, client_id = "c1" });

        ((string)(await visitor.HearAsync("new_message"))["message"]!["content"]!).Should().Be(longest);
        ((string)(await board.HearAsync("new_user_message"))["message"]!["content"]!).Should().Be(longest);
        return ((string)chat["id"]!, (string)chat["token"]!, cookie);
    }

    /// <summary>An answer becomes a letter, whose links lead below the path: to the chat, and out of the letters.</summary>
    private static async Task LetterAsync(
        LeanChatServer server, MailServer post, HttpClient client, string chatId, string visitor, string cookie)
    {
        using var named = new HttpRequestMessage(HttpMethod.Post, Below + "/api/support-chat/identify")
        {
            Content = Wire.Body(new { email = "jo@example.org" }),
            Headers = { { "Authorization", "Bearer " + visitor } },
        };
        (await (await client.SendAsync(named)).ReplyAsync()).Status.Should().Be(200);
        // Looked at, what was said makes no letter to the owner.
        using var look = new HttpRequestMessage(HttpMethod.Get, $"{Below}/api/admin/chats/{chatId}") { Headers = { { "Cookie", cookie } } };
        (await (await client.SendAsync(look)).ReplyAsync()).Status.Should().Be(200);
        using var said = new HttpRequestMessage(HttpMethod.Post, $"{Below}/api/admin/chats/{chatId}/messages")
        {
            Content = Wire.Body(new { content = "It is oak." }),
            Headers = { { "Cookie", cookie }, { "Origin", "https://shop.example" } },
        };
        (await (await client.SendAsync(said)).ReplyAsync()).Status.Should().Be(201);
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        var letter = await post.ReceiveAsync();
        letter.To.Should().Equal("jo@example.org");
        letter.Link.AbsoluteUri.Should().StartWith(Below + "/chat#key=");
        (await client.GetAsync(letter.Link)).IsSuccessStatusCode.Should().BeTrue();
        var key = letter.Link.Fragment["#key=".Length..];
        var opened = await (await client.PostAsync(new Uri(Below + "/support_chat/open"), Wire.Body(new { key }))).ReplyAsync();
        ((string)((JsonObject)opened.Json!)["id"]!).Should().Be(chatId);
        var farewell = letter.Header("List-Unsubscribe")!.Trim('<', '>');
        farewell.Should().StartWith(Below + "/unsubscribe?");
        (await client.GetStringAsync(new Uri(farewell))).Should().Contain("action=\"/chat/unsubscribe?letter=");
        (await client.PostAsync(new Uri(farewell), new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]))).IsSuccessStatusCode
            .Should().BeTrue();
    }

    /// <summary>Limits count by the address that the proxy saw, whatever the visitor claims.</summary>
    private static async Task CountAsync(RunningProxy proxy)
    {
        for (var each = 1; each <= 5; each++)
            (await ArriveAsync(proxy, "127.0.0.2", $"203.0.113.{each}")).Should().Be(each <= 3 ? 200 : 429, "visitor {0}", each);
        (await ArriveAsync(proxy, "127.0.0.3", "203.0.113.1")).Should().Be(200, "somebody else is not held up");
    }

    private static async Task<int> ArriveAsync(RunningProxy proxy, string from, string claimed)
    {
        using var client = new HttpClient(proxy.From(from)) { BaseAddress = new Uri($"https://localhost:{proxy.Port}") };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/support_chat");
        request.Headers.Add("X-Forwarded-For", claimed);
        request.Headers.Add("X-Real-IP", claimed);
        request.Headers.Add("Forwarded", $"for={claimed}");
        return (int)(await client.SendAsync(request)).StatusCode;
    }
}
