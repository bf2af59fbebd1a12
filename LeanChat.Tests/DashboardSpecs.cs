using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The owner's dashboard in a real browser with the real server: what arrives, and how it is noticed.</summary>
[Collection(DashboardStories.Name)]
public sealed partial class DashboardSpecs(Browser browser) : IAsyncLifetime
{
    private const string Owner = "mia@example.com";

    /// <summary>Ears and eyes for what a headless browser cannot show: `rings` are sounds, `badge` is on the app's icon.</summary>
    private const string Senses = """
        window.rings = 0; window.badge = null;
        window.AudioContext = class {
          state = 'running'; currentTime = 0; destination = {};
          createOscillator() { return { frequency: {}, connect: to => to, start() { window.rings += .5; }, stop() {} }; }
          createGain() {
            const gain = { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
            return { gain, connect: to => to };
          }
          resume() { return Promise.resolve(); }
        };
        Object.defineProperty(navigator, 'setAppBadge', { value: n => { window.badge = n; return Promise.resolve(); } });
        Object.defineProperty(navigator, 'clearAppBadge', { value: () => { window.badge = 0; return Promise.resolve(); } });
        """;

    private readonly List<string> _complaints = [];

    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("AppName=Oak & Ash", "Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync()
    {
        await browser.EverybodyLeavesAsync();
        await _server.DisposeAsync();
        _complaints.Should().BeEmpty("the page keeps its own content security policy and throws nothing");
    }

    [BrowserFact]
    public async Task The_set_up_link_leads_to_the_line_to_paste_and_the_tick_comes_by_itself()
    {
        var owner = await ScreenAsync();
        await owner.GotoAsync($"{_server.Origin}/admin#setup={_server.SetupToken}");
        await owner.Locator("#d-name").FillAsync("Mia");
        await owner.Locator("#d-email").FillAsync(Owner);
        await owner.Locator("#d-pass").FillAsync(Admin.Password);
        await owner.Keyboard.PressAsync("Enter");

        await Expect(owner.GetByRole(AriaRole.Heading, new() { Name = "No conversations yet" })).ToBeVisibleAsync();
        await owner.Locator("#first-1").ClickAsync();
        await Expect(owner.Locator("#blank code")).ToHaveTextAsync($"<script async src=\"{_server.Origin}/widget.js\"></script>");
        await Expect(owner.Locator(".tick")).ToHaveTextAsync("Waiting for your first visitor…");
        owner.Url.Should().Be(_server.Origin + "/admin", "the token is used up and must not lie in the history");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Copy" }).FocusAsync();

        await _server.AskAsync(HttpMethod.Get, "/widget.js", null, ("Sec-Fetch-Site", "cross-site"));

        await Expect(owner.Locator(".tick")).ToHaveTextAsync("The widget is on your site. Waiting for the first message.");
        await Expect(owner.GetByRole(AriaRole.Button, new() { Name = "Copy" })).ToBeFocusedAsync();
        await (await _server.VisitorAsync()).PostAsync("Hello?");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await Expect(owner.Locator(".tick")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_new_message_is_on_top_bold_counted_and_heard_until_it_is_read()
    {
        var owner = await OwnerAsync();
        await owner.Keyboard.PressAsync("Shift");
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        var plain = await IconAsync(owner);
        await SayAsync(jo, "First");
        await SayAsync(ben, "Second");
        await Expect(Names(owner)).ToHaveTextAsync(["Ben", "Jo"]);

        var age = owner.EvaluateAsync<double>("""
            () => new Promise(done => new MutationObserver(() => {
              if (document.querySelector('.pv').textContent === 'Third') done(Date.now());
            }).observe(document.querySelector('#rows'), { childList: true, subtree: true, characterData: true }))
            """);
        await SayAsync(jo, "Third");
        var said = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        (await age - said).Should().BeLessThan(5000, "milliseconds; a second is promised to a machine that is not busy with tests");
        await Expect(Names(owner)).ToHaveTextAsync(["Jo", "Ben"]);
        await Expect(Row(owner, jo).Locator(".bd")).ToHaveTextAsync(new Regex("^2"));
        (await WeightAsync(Row(owner, jo).Locator(".nm"))).Should().BeGreaterThan(600);
        await Expect(owner).ToHaveTitleAsync("(2) Inbox – LeanChat");
        (await IconAsync(owner)).Should().NotBe(plain);
        await Eventually.IsTrueAsync(async () => await owner.EvaluateAsync<double>("badge") == 2);
        await Eventually.IsTrueAsync(async () => await owner.EvaluateAsync<double>("rings") == 3);

        await Row(owner, jo).ClickAsync();
        await Expect(Row(owner, jo).Locator(".bd")).ToBeHiddenAsync();
        (await WeightAsync(Row(owner, jo).Locator(".nm"))).Should().BeLessThan(600);
        await Expect(owner).ToHaveTitleAsync("(1) Jo – LeanChat");
        await Row(owner, ben).ClickAsync();
        await Expect(owner).ToHaveTitleAsync("Ben – LeanChat");
        (await IconAsync(owner)).Should().Be(plain);
        (await owner.EvaluateAsync<double>("badge")).Should().Be(0);
        await Eventually.IsTrueAsync(async () => (await _server.QueryAsync("select sum(unread_count) from support_chats"))[0] == "0");

        await ben.PostAsync("While you look");
        await Expect(Bubbles(owner).Last).ToContainTextAsync("While you look");
        (await owner.EvaluateAsync<double>("rings")).Should().Be(3, "what is being looked at makes no noise");
    }

    [BrowserFact]
    public async Task Three_tabs_ring_once_and_a_muted_one_not_at_all()
    {
        var first = await OwnerAsync();
        var second = await AnotherTabAsync(first);
        var third = await AnotherTabAsync(first);
        foreach (var tab in (IPage[])[first, second, third])
            await tab.Keyboard.PressAsync("Shift");

        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(jo, "Hello?");
        foreach (var tab in (IPage[])[first, second, third])
            await Expect(Rows(tab)).ToHaveCountAsync(1);
        await Eventually.IsTrueAsync(async () => await RingsAsync() == 1);

        // What one tab is looking at is silent in all: once the third message has rung, there were two rings.
        await Row(first, jo).ClickAsync();
        await Expect(Bubbles(first)).ToHaveCountAsync(1);
        await SayAsync(jo, "Are you there?");
        foreach (var tab in (IPage[])[second, third])
            await Expect(Preview(tab, jo)).ToHaveTextAsync("Are you there?");
        var last = ben.ChatId + (string)(await ben.PostAsync("Hello?")).Json!["created_at"]!;
        await Eventually.IsTrueAsync(() => first.EvaluateAsync<bool>(
            "async id => (await navigator.locks.query()).held.some(lock => lock.name === `leanchat:ding:${id}`)", last));
        await Eventually.IsTrueAsync(async () => await RingsAsync() >= 2);
        (await RingsAsync()).Should().Be(2);

        await first.Locator("#mute").ClickAsync();
        await first.ReloadAsync();
        await Expect(first.Locator("#mute")).ToHaveAttributeAsync("aria-pressed", "true");
        await first.Keyboard.PressAsync("Shift");
        await second.CloseAsync();
        await third.CloseAsync();
        await SayAsync(ben, "Still there?");

        await Expect(Preview(first, ben)).ToHaveTextAsync("Still there?");
        (await first.EvaluateAsync<double>("rings")).Should().Be(0);

        async Task<double> RingsAsync() => await first.EvaluateAsync<double>("rings")
            + await second.EvaluateAsync<double>("rings")
            + await third.EvaluateAsync<double>("rings");
    }

    [BrowserFact]
    public async Task Previews_are_one_line_of_text_and_say_who_wrote_last()
    {
        var owner = await OwnerAsync();
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await ben.PostAsync("Short");
        await jo.PostAsync("Two\nlines 👩‍👩‍👧‍👦 https://example.org/?q=<b>bold</b>");

        await Expect(Preview(owner, jo)).ToHaveTextAsync("Two lines 👩‍👩‍👧‍👦 https://example.org/?q=<b>bold</b>");
        (await HeightAsync(Row(owner, jo))).Should().Be(await HeightAsync(Row(owner, ben)));
        await Expect(Row(owner, jo).Locator("b, a")).ToHaveCountAsync(0);
        await _mia.ReplyAsync(jo.ChatId, new string('x', 90) + "👩‍👩‍👧‍👦 and more");
        await Expect(Preview(owner, jo)).ToHaveTextAsync(new Regex("^You: x{90}"));
        (await Preview(owner, jo).TextContentAsync()).Should().NotContain("\uFFFD");
        await Expect(owner.Locator("#tab-active")).ToHaveTextAsync("Active 2");
        await _mia.PostAsync($"/chats/{ben.ChatId}/archive");
        await Expect(owner.Locator("#tab-active")).ToHaveTextAsync("Active 1");
        await Expect(owner.Locator("#tab-archived")).ToHaveTextAsync("Archived 1");

        await SayAsync(ben, "One more thing");

        await Expect(Names(owner)).ToHaveTextAsync(["Ben", "Jo"]);
        await Expect(owner.Locator("#tab-active")).ToHaveTextAsync("Active 2");
        await Expect(owner.Locator("#tab-archived")).ToHaveTextAsync("Archived");
    }

    [BrowserFact]
    public async Task The_line_above_what_is_new_is_there_after_a_reload_too()
    {
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Seen long ago");
        var owner = await OwnerAsync();
        await Row(owner, jo).ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        var open = owner.Url;
        await owner.GotoAsync("about:blank");
        await SayAsync(jo, "New to you");
        await SayAsync(jo, "And this");

        await owner.GotoAsync(open);

        await Expect(owner.Locator(".day.new + .m")).ToContainTextAsync("New to you");
        await Expect(Bubbles(owner)).ToHaveCountAsync(3);
        await owner.ReloadAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(3);
        await Expect(owner.Locator(".day.new")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Two_admins_see_each_other_work()
    {
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        var mia = await OwnerAsync();
        var ben = await OwnerAsync(await _server.AdminAsync("ben@example.com", "Ben"));
        await Expect(Row(mia, jo).Locator(".bd")).ToHaveTextAsync(new Regex("^1"));

        await Row(ben, jo).ClickAsync();
        await Expect(Row(mia, jo).Locator(".bd")).ToBeHiddenAsync();
        await Row(mia, jo).ClickAsync();
        await Expect(Bubbles(mia)).ToHaveCountAsync(1);
        await ben.Locator("#reply").PressSequentiallyAsync("Good morning, Jo");
        // What he typed before her page had joined the chat is not told: he types on.
        await Eventually.IsTrueAsync(async () =>
        {
            await ben.Locator("#reply").PressSequentiallyAsync(".");
            return await mia.Locator("#typing").TextContentAsync() == "Ben is typing…";
        });
        await ben.Keyboard.PressAsync("Enter");

        await Expect(Bubbles(mia).Last).ToContainTextAsync("Good morning, Jo");
        await Expect(mia.Locator(".mt.me")).ToHaveTextAsync(new Regex("^Ben · .* · Sent$"));
        await Expect(ben.Locator(".mt.me")).ToHaveTextAsync(new Regex("^You · .* · Sent$"));
        await Expect(mia.Locator("#typing")).ToBeHiddenAsync();
        await jo.MarkReadAsync();
        await Expect(mia.Locator(".mt.me")).ToHaveTextAsync(new Regex("Seen$"));
        await Expect(ben.Locator(".mt.me")).ToHaveTextAsync(new Regex("Seen$"));
    }

    /// <summary>A screen that tells what the page complains about.</summary>
    private async Task<IPage> ScreenAsync(int width = 1280, int height = 760, bool phone = false)
    {
        var page = await browser.PersonAsync(width, height, phone: phone);
        await page.Context.AddInitScriptAsync(Senses);
        Listen(page);
        return page;
    }

    private void Listen(IPage page)
    {
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)
                || message.Text.Contains("Trusted", StringComparison.Ordinal))
                _complaints.Add(message.Text);
        };
    }

    /// <summary>Somebody who is signed in, at their dashboard; Mia unless somebody else is named.</summary>
    private async Task<IPage> OwnerAsync(
        Admin? admin = null, int width = 1280, int height = 760, bool phone = false, string hash = "", bool ready = true)
    {
        admin ??= _mia ??= await _server.AdminAsync();
        var page = await ScreenAsync(width, height, phone);
        await page.Context.AddCookiesAsync(
            [new Cookie { Name = "leanchat_admin", Value = admin.Cookie["leanchat_admin=".Length..], Url = _server.Origin }]);
        await page.GotoAsync($"{_server.Origin}/admin{hash}");
        if (ready)
            await Expect(page.Locator("#set-b")).ToBeVisibleAsync();
        await WatchedAsync();
        return page;
    }

    /// <summary>A dashboard's line is up: what happens from here on is told to it.</summary>
    private Task WatchedAsync() => Eventually.IsTrueAsync(() => _server.Hub.HasListeners(Chats.Presence.AdminTopic));

    private async Task<IPage> AnotherTabAsync(IPage page)
    {
        var tab = await page.Context.NewPageAsync();
        Listen(tab);
        await tab.GotoAsync(page.Url);
        await Expect(tab.Locator("#set-b")).ToBeVisibleAsync();
        // A tab in the background draws once a second, and a click waits for two drawings.
        await page.BringToFrontAsync();
        return tab;
    }

    /// <summary>Says something a moment after whatever was said before.</summary>
    private async Task SayAsync(Visitor visitor, string text)
    {
        _server.Clock.Advance(TimeSpan.FromMilliseconds(10));
        (await visitor.PostAsync(text)).Status.Should().Be(201);
    }

    /// <summary>A visitor with a name.</summary>
    private async Task<Visitor> SomebodyAsync(string name, string? email = null)
    {
        var visitor = await _server.VisitorAsync();
        (await visitor.IdentifyAsync(new { name, email })).Status.Should().Be(200);
        return visitor;
    }

    private static ILocator Rows(IPage page) => page.Locator("#rows .row");

    private static ILocator Row(IPage page, Visitor visitor) => page.Locator($".row[data-id='{visitor.ChatId}']");

    private static ILocator Names(IPage page) => page.Locator("#rows .nm");

    private static ILocator Preview(IPage page, Visitor visitor) => Row(page, visitor).Locator(".pv");

    private static ILocator Bubbles(IPage page) => page.Locator("#log .m");

    private static ILocator Notice(IPage page) => page.Locator(".ask");

    private static ILocator Toast(IPage page) => page.Locator(".toast");

    private static Task<string> IconAsync(IPage page) => page.EvaluateAsync<string>("document.querySelector('link[rel=icon]').href");

    private static Task<int> WeightAsync(ILocator text) => text.EvaluateAsync<int>("node => Number(getComputedStyle(node).fontWeight)");

    private static Task<double> HeightAsync(ILocator box) => box.EvaluateAsync<double>("node => node.getBoundingClientRect().height");

    private static async Task ReplyAsync(IPage page, string text)
    {
        await page.Locator("#reply").FillAsync(text);
        await page.Locator("#reply").PressAsync("Enter");
    }
}
