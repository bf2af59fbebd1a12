using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Lines that break in every way, and words that are not lost.</summary>
public sealed class WidgetLineSpecs(Browser browser) : WidgetStories(browser)
{
    [BrowserFact]
    public async Task Through_many_broken_lines_everything_arrives_once_and_in_order()
    {
        var mia = await Server.AdminAsync();
        var lines = new List<IWebSocketRoute>();
        var visitor = await VisitAsync("data-open", before: page => page.RouteWebSocketAsync(new Regex("/ws/chat"), route =>
        {
            lines.Add(route);
            route.ConnectToServer();
        }));
        await SayAsync(visitor, "v0");
        var chat = await ChatIdAsync(mia);
        for (var i = 1; i < 60; i += 4)
        {
            await visitor.EvaluateAsync($$"""
                i => {
                  const field = {{Shadow}}.querySelector('textarea');
                  for (let n = i; n < Math.min(i + 4, 60); n++) {
                    field.value = 'v' + n;
                    field.form.requestSubmit();
                  }
                }
                """, i);
            for (var n = i; n < Math.Min(i + 4, 60); n++)
            {
                await mia.ReplyAsync(chat, "a" + n);
                if (n == i + (i % 3))
                    await lines[^1].CloseAsync(new() { Code = 1011 });
            }

            await visitor.EvaluateAsync("dispatchEvent(new Event('online'))");
        }

        // The back-off may be half a minute by now: a wake-up each time stands for the visitor's coming back.
        await Eventually.IsTrueAsync(
            async () =>
            {
                await visitor.EvaluateAsync("dispatchEvent(new Event('online'))");
                return (await Server.QueryAsync("select count(*) from support_messages"))[0] == "119";
            },
            TimeSpan.FromSeconds(30));
        await Eventually.IsTrueAsync(
            async () => await visitor.Locator(".msg:not(.sending):not(.failed)").CountAsync() >= 119, TimeSpan.FromSeconds(30));
        lines.Count.Should().BeGreaterThan(8);
        var stored = await Server.QueryAsync("select content from support_messages order by seq");
        stored.Where(text => text[0] == 'v').Should().Equal(Enumerable.Range(0, 60).Select(i => "v" + i));
        (await visitor.EvaluateAsync<string[]>(
            $"[...{Shadow}.querySelectorAll('.msg .bubble')].map(b => b.textContent).filter(t => /^[av]\\d+$/.test(t))"))
                .Should().Equal(stored);
    }

    [BrowserFact]
    public async Task A_line_that_is_half_open_is_noticed_within_45_seconds()
    {
        var mia = await Server.AdminAsync();
        var (deaf, lines) = (false, 0);
        var visitor = await VisitAsync("data-open", before: async page =>
        {
            await page.Clock.InstallAsync();
            await page.RouteWebSocketAsync(new Regex("/ws/chat"), route =>
            {
                var mine = ++lines;
                var server = route.ConnectToServer();
                server.OnMessage(frame =>
                {
                    if (!deaf || mine > 1)
                        route.Send(frame.Text!);
                });
            });
        });
        await SayAsync(visitor, "Hello");
        await OnlineAsync(online: true);
        AdminsLeave();
        await Expect(visitor.Locator(".status")).ToContainTextAsync("Away");
        deaf = true;
        await mia.ReplyAsync(await ChatIdAsync(mia), "Into the void");

        await visitor.Clock.RunForAsync(45_000);

        await Expect(visitor.Locator(".log")).ToContainTextAsync("Into the void");
        lines.Should().BeGreaterThan(1);
    }

    [BrowserFact]
    public async Task After_a_restart_two_hundred_come_back_over_more_than_ten_seconds()
    {
        var visitor = await VisitAsync("data-open", before: page => page.AddInitScriptAsync(
            """
            window.waits = [];
            const later = window.setTimeout;
            window.setTimeout = (work, wait, ...rest) => {
              if (wait >= 5000 && window.closing) { waits.push(wait); closing = false; wait = 0; }
              return later(work, wait, ...rest);
            };
            window.WebSocket = class {
              constructor() {
                later(() => {
                  this.onopen();
                  this.#say({ type: 'ready', seq: 0 });
                  later(() => {
                    if (waits.length >= 200) return;
                    this.#say({ type: 'going_away', retry_after_ms: 5000 });
                    window.closing = true;
                    this.onclose({ code: 1012 });
                  });
                });
              }
              #say(frame) { this.onmessage({ data: JSON.stringify(frame) }); }
              send() {} close() {}
            };
            const clock = Date.now; Date.now = () => clock() + waits.reduce((a, b) => a + b, 0);
            """));
        await visitor.Locator("textarea").FillAsync("Hello");
        await visitor.Locator(".send").ClickAsync();
        await visitor.WaitForFunctionAsync("() => waits.length >= 200", null, new() { Timeout = 60_000 });

        var waits = await visitor.EvaluateAsync<double[]>("waits");
        waits.Min().Should().BeGreaterThanOrEqualTo(5000, "the server asked for it");
        (waits.Max() - waits.Min()).Should().BeGreaterThan(10_000);
        for (var second = 5; second < 20; second++)
            waits.Count(wait => wait >= second * 1000 && wait < (second * 1000) + 1000).Should().BeInRange(1, 40, "no second gets a crowd");
    }

    [BrowserFact]
    public async Task Eight_tabs_are_one_visitor()
    {
        var mia = await Server.AdminAsync();
        var site = await SiteAsync("data-open");
        var first = await PersonAsync();
        var tabs = new List<IPage> { first };
        await first.GotoAsync(site.Origin);
        await SayAsync(first, "From tab 0");
        for (var i = 1; i < 8; i++)
        {
            tabs.Add(await first.Context.NewPageAsync());
            await tabs[i].GotoAsync(site.Origin);
        }

        for (var i = 1; i < 8; i += 3)
        {
            await Expect(tabs[i].Locator(".log")).ToContainTextAsync("From tab 0");
            await SayAsync(tabs[i], "From tab " + i);
        }

        await mia.ReplyAsync(await ChatIdAsync(mia), "To all");
        foreach (var tab in tabs)
            await Expect(tab.Locator(".log")).ToContainTextAsync("To all");
        foreach (var tab in tabs)
            await Expect(tab.Locator(".msg .bubble"))
                .ToHaveTextAsync(["Hi! How can we help?", "From tab 0", "From tab 1", "From tab 4", "From tab 7", "To all"]);
    }

    [BrowserFact]
    public async Task A_tab_that_was_frozen_or_left_catches_up()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "Hello");
        var chat = await ChatIdAsync(mia);
        var devtools = await visitor.Context.NewCDPSessionAsync(visitor);
        await devtools.SendAsync("Page.setWebLifecycleState", new() { ["state"] = "frozen" });
        await mia.ReplyAsync(chat, "While frozen");
        await devtools.SendAsync("Page.setWebLifecycleState", new() { ["state"] = "active" });
        await Expect(visitor.Locator(".log")).ToContainTextAsync("While frozen", new() { Timeout = 2000 });

        await visitor.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
        await OnlineAsync(online: false);
        await mia.ReplyAsync(chat, "While away");
        await visitor.EvaluateAsync("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("While away", new() { Timeout = 2000 });
        await Expect(visitor.Locator(".msg .bubble")).ToHaveTextAsync(["Hi! How can we help?", "Hello", "While frozen", "While away"]);
    }

    [BrowserTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_changed_while_the_visitor_was_offline_is_right_afterwards(bool socketsComeBack)
    {
        var mia = await Server.AdminAsync();
        var (lines, blocked) = (new List<IWebSocketRoute>(), false);
        var visitor = await VisitAsync("data-open", before: page => page.RouteWebSocketAsync(new Regex("/ws/chat"), route =>
        {
            lines.Add(route);
            if (blocked)
                _ = route.CloseAsync(new() { Code = 1006 });
            else
                route.ConnectToServer();
        }));
        await SayAsync(visitor, "Hello");
        var chat = await ChatIdAsync(mia);
        await visitor.Context.SetOfflineAsync(true);
        await Eventually.IsTrueAsync(() => lines.Count > 0);
        await lines[^1].CloseAsync(new() { Code = 1011 });
        await visitor.RouteAsync("**/support_chat*/**", route => route.AbortAsync());
        await Expect(visitor.Locator(".status")).ToContainTextAsync("Offline", new() { Timeout = 8000 });
        (await mia.RequestAsync(
            HttpMethod.Patch,
            "/settings",
            new Dictionary<string, string> { ["Widget:Greeting"] = "We are back from lunch" })).Status.Should().Be(200);
        (await mia.PostAsync($"/chats/{chat}/archive")).Status.Should().Be(200);
        await mia.ReplyAsync(chat, "You were away");
        blocked = !socketsComeBack;
        await visitor.UnrouteAllAsync();
        await visitor.Context.SetOfflineAsync(false);

        // What is asked at the very moment that the network is back may fail; the next time is six seconds later.
        await Expect(visitor.Locator(".log")).ToContainTextAsync("You were away", new() { Timeout = 15_000 });
        await Expect(visitor.Locator(".bubble").First).ToHaveTextAsync("We are back from lunch", new() { Timeout = 15_000 });
        await SayAsync(visitor, "So I was");
        (await mia.ListAsync())[0]!["archived"]!.GetValue<bool>().Should().BeFalse("a new message brings it back");
    }

    [BrowserTheory]
    [InlineData("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })")]
    [InlineData("for (let size = 1 << 23; size >= 1; size >>= 1) try { localStorage['filler' + size] = 'x'.repeat(size); } catch {}")]
    [InlineData("setInterval(() => localStorage.clear(), 20)")]
    [InlineData("Object.defineProperty(navigator, 'locks', { value: undefined })")]
    public async Task A_browser_that_keeps_nothing_can_chat(string trouble)
    {
        var mia = await Server.AdminAsync();
        var visitor = await PersonAsync();
        var errors = Errors(visitor);
        await visitor.AddInitScriptAsync(trouble);
        await visitor.GotoAsync((await SiteAsync("data-open")).Origin);
        await SayAsync(visitor, "one");
        await SayAsync(visitor, "two");
        await mia.ReplyAsync(await ChatIdAsync(mia), "three");
        await Expect(visitor.Locator(".msg .bubble")).ToHaveTextAsync(["Hi! How can we help?", "one", "two", "three"]);
        (await Server.QueryAsync("select content from support_messages order by seq")).Should().Equal("one", "two", "three");
        errors.Should().BeEmpty();
    }
}
