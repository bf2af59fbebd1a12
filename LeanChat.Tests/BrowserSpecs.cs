using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Both pages in a real browser: the website on an origin of its own, the dashboard on the server's.</summary>
[Collection(BrowserStories.Name)]
public sealed class BrowserSpecs(Browser browser) : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Website _shop = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("AppName=Oak & Ash");
        _shop = await Website.ShopAsync(_server, "Oak shelf");
    }

    public async Task DisposeAsync()
    {
        await browser.EverybodyLeavesAsync();
        await _shop.DisposeAsync();
        await _server.DisposeAsync();
    }

    [BrowserFact]
    public async Task A_visitor_and_the_owner_hold_a_conversation_across_a_restart()
    {
        var owner = await SetUpAsync();
        await Expect(owner.GetByRole(AriaRole.Heading, new() { Name = "No conversations yet" })).ToBeVisibleAsync();
        var visitor = await VisitAsync();

        await SayAsync(visitor, "Does the shelf come in 120 cm? 👋");

        var row = owner.Locator("#rows .row").First;
        await Expect(row).ToContainTextAsync("Does the shelf come in 120 cm?");
        await Expect(owner).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex(@"^\(1\)"));
        await row.ClickAsync();
        await Expect(owner.Locator("#log")).ToContainTextAsync("Does the shelf come in 120 cm? 👋");
        await Expect(owner).Not.ToHaveTitleAsync(new System.Text.RegularExpressions.Regex(@"^\("));
        await ReplyAsync(owner, "Yes: 80, 100 and 120 cm.");
        await Expect(Log(visitor)).ToContainTextAsync("Yes: 80, 100 and 120 cm.");
        await Expect(Log(visitor)).ToContainTextAsync("Mia");
        await Expect(row).ToContainTextAsync("You: Yes: 80, 100 and 120 cm.");

        await _server.StopAsync();
        await SayAsync(visitor, "And how long is delivery?", acknowledged: false);
        await _server.RestartAsync(stopped: true);

        await Expect(owner.Locator("#log")).ToContainTextAsync("And how long is delivery?", new() { Timeout = 30_000 });
        await ReplyAsync(owner, "Two days.");
        await Expect(Log(visitor)).ToContainTextAsync("Two days.", new() { Timeout = 30_000 });
        (await Bubbles(visitor))
            .Should().Equal("Does the shelf come in 120 cm? 👋", "Yes: 80, 100 and 120 cm.", "And how long is delivery?", "Two days.");
        (await _server.QueryAsync("select content from support_messages order by seq"))
            .Should().Equal("Does the shelf come in 120 cm? 👋", "Yes: 80, 100 and 120 cm.", "And how long is delivery?", "Two days.");
    }

    [BrowserFact]
    public async Task The_badge_counts_what_was_not_seen_and_clears_on_opening()
    {
        var owner = await _server.AdminAsync();
        var visitor = await VisitAsync();
        await SayAsync(visitor, "Hello?");
        var chatId = (string)(await owner.ListAsync())[0]!["id"]!;
        await visitor.Keyboard.PressAsync("Escape");
        for (var i = 1; i <= 11; i++)
        {
            await owner.ReplyAsync(chatId, $"Answer {i}");
            if (i == 3)
                await Expect(visitor.GetByRole(AriaRole.Button, new() { NameRegex = new("New messages: 3") })).ToBeVisibleAsync();
        }

        await Expect(visitor.Locator(".badge")).ToHaveTextAsync("9+");
        await visitor.EvaluateAsync("LeanChat('open')");

        await Expect(visitor.Locator(".badge")).ToBeHiddenAsync();
        await Expect(Log(visitor)).ToContainTextAsync("Answer 11");
        await Eventually.IsTrueAsync(async () =>
            (await _server.QueryAsync("select count(*) from support_messages where sender_type = 'admin' and read_at is null"))[0] == "0");
    }

    [BrowserFact]
    public async Task The_dot_tells_the_truth()
    {
        var visitor = await VisitAsync();
        await SayAsync(visitor, "Hello?");
        var status = visitor.Locator(".status");
        await Expect(status).Not.ToHaveTextAsync("Online");
        var mia = await _server.AdminAsync();
        await Expect(status).ToHaveTextAsync("Online");
        await LeaveAsync();

        await using (var dashboard = await mia.WatchAsync())
        {
            await dashboard.SayAsync(new { action = "visible", visible = true });
            await Expect(status).ToHaveTextAsync("Online");
            await dashboard.HangUpAsync();
        }

        await Eventually.IsTrueAsync(() => !_server.Get<People.AdminActivity>().IsAnyVisible);
        await LeaveAsync();
        await visitor.Context.SetOfflineAsync(true);
        await Expect(status).ToContainTextAsync(
            new System.Text.RegularExpressions.Regex("offline|connect", System.Text.RegularExpressions.RegexOptions.IgnoreCase),
            new() { Timeout = 15_000 });

        async Task LeaveAsync()
        {
            _server.Clock.Advance(TimeSpan.FromMinutes(5));
            await Expect(status).ToContainTextAsync("Away");
        }
    }

    [BrowserFact]
    public async Task A_visitor_who_does_nothing_costs_one_request_and_leaves_nothing()
    {
        var visitor = await browser.PersonAsync();
        var requests = new List<string>();
        visitor.Request += (_, request) => requests.Add(request.Url);
        visitor.WebSocket += (_, socket) => requests.Add(socket.Url);
        await visitor.GotoAsync(_shop.Origin);
        await Expect(visitor.GetByRole(
            AriaRole.Button, new() { NameRegex = new("chat", System.Text.RegularExpressions.RegexOptions.IgnoreCase) })).ToBeVisibleAsync();
        requests.Where(url => url.Contains(_server.Address.Authority, StringComparison.Ordinal))
            .Should().Equal(_server.Origin + "/widget.js");
        await visitor.EvaluateAsync("LeanChat('open')");
        await visitor.EvaluateAsync("LeanChat('close')");

        // What only an open panel needs comes with the first opening, and nothing else.
        requests.Where(url => url.Contains(_server.Address.Authority, StringComparison.Ordinal))
            .Should().OnlyContain(url => url.StartsWith(_server.Origin + "/widget.js", StringComparison.Ordinal)).And.HaveCountLessThan(3);
        (await visitor.EvaluateAsync<int>("localStorage.length + sessionStorage.length")).Should().Be(0);
        (await visitor.Context.CookiesAsync()).Should().BeEmpty();
    }

    [BrowserFact]
    public async Task Two_tabs_of_one_visitor_show_everything_once()
    {
        var owner = await _server.AdminAsync();
        var first = await VisitAsync();
        await SayAsync(first, "From the first tab");
        var second = await first.Context.NewPageAsync();
        await second.GotoAsync(_shop.Origin);
        await second.EvaluateAsync("LeanChat('open')");
        await Expect(Log(second)).ToContainTextAsync("From the first tab");
        await SayAsync(second, "From the second tab");
        await Eventually.IsTrueAsync(async () => (long)(await owner.ListAsync())[0]!["message_count"]! == 2);
        await owner.ReplyAsync((string)(await owner.ListAsync())[0]!["id"]!, "I see both");
        await Expect(Log(first)).ToContainTextAsync("I see both");
        await Expect(Log(second)).ToContainTextAsync("I see both");

        (await Bubbles(first)).Should().Equal("From the first tab", "From the second tab", "I see both");
        (await Bubbles(second)).Should().Equal("From the first tab", "From the second tab", "I see both");
    }

    [BrowserFact]
    public async Task An_archived_chat_leaves_the_list_and_comes_back_when_the_visitor_writes()
    {
        var owner = await SetUpAsync();
        var visitor = await VisitAsync();
        await SayAsync(visitor, "Thanks, bye");
        await owner.Locator("#rows .row").First.ClickAsync();
        await owner.GetByRole(AriaRole.Button, new() { NameRegex = new("^Archive") }).ClickAsync();
        await Expect(owner.Locator("#rows .row")).ToHaveCountAsync(0);
        await owner.GetByRole(AriaRole.Tab, new() { NameRegex = new("Archived") }).ClickAsync();
        await Expect(owner.Locator("#rows .row")).ToHaveCountAsync(1);
        await owner.GetByRole(AriaRole.Tab, new() { NameRegex = new("Active") }).ClickAsync();

        await SayAsync(visitor, "One more thing");

        await Expect(owner.Locator("#rows .row").First).ToContainTextAsync("One more thing");
    }

    [BrowserFact]
    public async Task What_anybody_types_stays_text()
    {
        const string evil = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script> javascript:alert(1)";
        var owner = await SetUpAsync();
        var visitor = await VisitAsync();
        await SayAsync(visitor, evil);
        await owner.Locator("#rows .row").First.ClickAsync();
        await ReplyAsync(owner, evil);
        await Expect(Log(visitor).Locator(".bubble")).ToHaveCountAsync(3);
        await Expect(owner.Locator("#log")).ToContainTextAsync(evil);

        (await Bubbles(visitor)).Should().Equal(evil, evil);
        (await visitor.TitleAsync()).Should().NotContain("hacked");
        (await owner.TitleAsync()).Should().NotContain("hacked");
        await Expect(owner.Locator("#log img, #log script, #log a[href^='javascript']")).ToHaveCountAsync(0);
        await Expect(visitor.Locator(".log img, .log script, .log a[href^='javascript']")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task The_widget_works_under_a_strict_policy_and_trusted_types()
    {
        await using var strict = await Website.ShopAsync(
            _server,
            "Strict",
            $"default-src 'none'; script-src {_server.Origin}; connect-src {_server.Origin} ws://{_server.Address.Authority};"
            + " require-trusted-types-for 'script'; trusted-types 'none'");
        var visitor = await browser.PersonAsync();
        var complaints = new List<string>();
        visitor.Console += (_, message) => complaints.Add(message.Text);
        await visitor.GotoAsync(strict.Origin);
        await visitor.EvaluateAsync("LeanChat('open')");
        await SayAsync(visitor, "Through the needle's eye");

        complaints.Where(text => text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)
            || text.Contains("Trusted", StringComparison.Ordinal)).Should().BeEmpty();
    }

    private async Task<IPage> SetUpAsync()
    {
        var owner = await browser.PersonAsync();
        await owner.GotoAsync($"{_server.Origin}/admin#setup={_server.SetupToken}");
        await owner.Locator("#d-name").FillAsync("Mia");
        await owner.Locator("#d-email").FillAsync("mia@example.com");
        await owner.Locator("#d-pass").FillAsync(Admin.Password);
        await owner.Keyboard.PressAsync("Enter");
        await Expect(owner.GetByRole(AriaRole.Tab, new() { NameRegex = new("Active") })).ToBeVisibleAsync();
        return owner;
    }

    private async Task<IPage> VisitAsync()
    {
        var visitor = await browser.PersonAsync();
        await visitor.GotoAsync(_shop.Origin);
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        await visitor.EvaluateAsync("LeanChat('open')");
        return visitor;
    }

    /// <summary>Types and presses Enter; waits for the echo unless the server is away.</summary>
    private static async Task SayAsync(IPage visitor, string text, bool acknowledged = true)
    {
        await visitor.GetByRole(AriaRole.Textbox).FillAsync(text);
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(Log(visitor)).ToContainTextAsync(text);
        if (acknowledged)
            await Expect(Log(visitor)).ToContainTextAsync(new System.Text.RegularExpressions.Regex("Sent|Seen"));
    }

    private static async Task ReplyAsync(IPage owner, string text)
    {
        await owner.GetByRole(AriaRole.Textbox, new() { NameRegex = new("^Reply") }).FillAsync(text);
        await owner.Keyboard.PressAsync("Enter");
    }

    private static ILocator Log(IPage visitor) => visitor.Locator(".log");

    /// <summary>What was said, as it is shown; the first bubble is the greeting.</summary>
    private static async Task<IReadOnlyList<string>> Bubbles(IPage visitor) =>
        [.. (await Log(visitor).Locator(".bubble").AllInnerTextsAsync()).Skip(1)];
}
