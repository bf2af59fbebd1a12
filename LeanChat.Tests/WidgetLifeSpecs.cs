using System.Text.RegularExpressions;
using LeanChat.Chats;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>A widget's life with one visitor: long histories, bursts, nights, reloads, names, and its end.</summary>
public sealed class WidgetLifeSpecs(Browser browser) : WidgetStories(browser)
{
    private static ILocator Bubbles(IPage visitor) => visitor.Locator(".msg .bubble");

    [BrowserFact]
    public async Task Five_hundred_messages_page_back_without_a_jump()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "Message 1");
        var chat = await ChatIdAsync(mia);
        for (var n = 2; n <= 500; n++)
            (await mia.ReplyAsync(chat, "Message " + n)).Status.Should().BeInRange(200, 201);
        await visitor.ReloadAsync();
        await Expect(Bubbles(visitor)).ToHaveCountAsync(50);
        await Expect(Bubbles(visitor).Last).ToHaveTextAsync("Message 500");
        await Expect(Bubbles(visitor).Last).ToBeInViewportAsync();
        await Expect(visitor.Locator(".log")).ToHaveAttributeAsync("aria-busy", "false");

        // Scrolls up; whenever older messages come, what was in view must stay where it was.
        var jump = await visitor.EvaluateAsync<double>($$"""
            async () => {
              const log = {{Shadow}}.querySelector('.log'), all = () => [...log.querySelectorAll('.msg')];
              const frame = () => new Promise(done => requestAnimationFrame(done));
              let worst = 0;
              for (let turns = 0; all().length <= 500 && turns < 3000; turns++) {
                if (log.scrollTop > 100) log.scrollTop -= 150;
                await frame();
                const pane = log.getBoundingClientRect(), mark = all().find(node => node.getBoundingClientRect().top > pane.top);
                const before = mark.getBoundingClientRect().top, count = all().length;
                await frame();
                if (all().length > count) worst = Math.max(worst, Math.abs(mark.getBoundingClientRect().top - before));
              }
              return worst;
            }
            """);

        jump.Should().BeLessThan(2);
        (await Bubbles(visitor).AllTextContentsAsync())
            .Should().Equal(Enumerable.Range(1, 500).Select(n => "Message " + n).Prepend("Hi! How can we help?"));
        await Expect(Bubbles(visitor).Last).Not.ToBeInViewportAsync();
    }

    [BrowserFact]
    public async Task No_line_of_new_messages_stands_above_ones_own_words()
    {
        var visitor = await VisitAsync("data-open", before: page => page.RouteAsync("**/support_chat**", route => route.AbortAsync()));
        foreach (var text in (string[])["one", "two"])
        {
            await visitor.Locator("textarea").FillAsync(text);
            await visitor.Locator(".send").ClickAsync();
        }

        await Expect(visitor.Locator(".msg.me")).ToHaveCountAsync(2);
        await visitor.EvaluateAsync("LeanChat('close'); LeanChat('open')");
        await Expect(visitor.Locator(".retry").Last).ToBeVisibleAsync();
        await Expect(visitor.Locator(".fresh")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_burst_is_counted_at_once_and_drawn_once()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open", before: page => page.AddInitScriptAsync(
            """
            window.WebSocket = class extends WebSocket {
              constructor(...all) { super(...all); window.line = this; }
            }
            """));
        await SayAsync(visitor, "Hello");
        await mia.ReplyAsync(await ChatIdAsync(mia), "One of many");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("One of many");
        AdminsLeave();
        await Expect(visitor.Locator(".status")).ToContainTextAsync("Away");

        var told = await visitor.EvaluateAsync<int[]>($$"""
            async () => {
              const log = {{Shadow}}.querySelector('.log');
              const message = { sender_type: 'admin', sender_name: 'Mia', created_at: new Date().toISOString(), read_at: null };
              let unread = 0;
              LeanChat('close');
              LeanChat('on', 'unread', n => unread = n);
              for (let n = 3; n < 303; n++) {
                const next = { ...message, id: 'made-' + n, seq: n, content: 'Burst ' + n };
                line.onmessage({ data: JSON.stringify({ type: 'new_message', message: next }) });
              }
              const counted = unread, drawn = log.querySelectorAll('.msg').length;
              for (let tries = 0; log.querySelectorAll('.msg').length < 303 && tries < 200; tries++)
                await new Promise(done => setTimeout(done, 20));
              return [counted, drawn, log.querySelectorAll('.msg').length];
            }
            """);

        told.Should().Equal([300, 3, 303], "three hundred are counted at once, none is drawn by itself, and all are in the end");
    }

    [BrowserTheory]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task A_clock_that_is_wrong_and_a_midnight_change_no_time(int wrong)
    {
        Server.Clock.Advance(TimeSpan.FromHours(13) + TimeSpan.FromMinutes(50));
        var visitor = await VisitAsync("data-open", before: async page =>
        {
            await page.Clock.InstallAsync(new() { TimeDate = Wrong() });
            await page.RouteAsync("**/support_chat**", async route =>
            {
                var answer = await route.FetchAsync();
                await route.FulfillAsync(new()
                {
                    Response = answer,
                    Headers = new Dictionary<string, string>(answer.Headers) { ["date"] = Server.Clock.GetUtcNow().ToString("R") },
                });
            });
        });
        await SayAsync(visitor, "Still awake?");
        await Expect(visitor.Locator(".me .meta")).ToHaveTextAsync("23:50 · Sent");
        await Expect(visitor.Locator(".day")).ToHaveTextAsync(["today"]);

        Server.Clock.Advance(TimeSpan.FromMinutes(20));
        await visitor.Clock.SetSystemTimeAsync(Wrong());
        var mia = await Server.AdminAsync();
        await mia.ReplyAsync(await ChatIdAsync(mia), "Good morning");

        await Expect(visitor.Locator(".them .meta").Last).ToHaveTextAsync(new Regex("^Mia · 0?0:10$"));
        await Expect(visitor.Locator(".day")).ToHaveTextAsync(["yesterday", "today"]);

        DateTime Wrong() => Server.Clock.GetUtcNow().UtcDateTime.AddHours(wrong);
    }

    [BrowserFact]
    public async Task A_draft_and_silence_stay_over_a_reload_and_a_change_of_route()
    {
        var visitor = await VisitAsync("data-open");
        await visitor.Locator("textarea").FillAsync("Half a thought");
        await visitor.Locator(".mute").ClickAsync();
        await Expect(visitor.Locator(".mute")).ToHaveAttributeAsync("aria-pressed", "true");
        await visitor.EvaluateAsync("history.pushState({}, '', '/elsewhere')");
        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("Half a thought");

        await visitor.ReloadAsync();

        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("Half a thought");
        await Expect(visitor.Locator(".mute")).ToHaveAttributeAsync("aria-pressed", "true");
        await visitor.Locator(".mute").ClickAsync();
        await visitor.Locator("textarea").PressAsync("Enter");
        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".msg.me .bubble")).ToHaveTextAsync("Half a thought");
        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("");
        await Expect(visitor.Locator(".mute")).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [BrowserFact]
    public async Task Who_signs_in_finds_the_conversation_on_every_device_and_leaves_none_behind()
    {
        var token = Host.Sign(Host.Claims(Server.Clock, "user-7", "lena@example.com", "Lena Hald"));
        var mia = await Server.AdminAsync();
        var laptop = await VisitAsync("data-open");
        await SayAsync(laptop, "Nobody knows me yet");
        await laptop.EvaluateAsync("token => LeanChat('identify', { token })", token);
        await Eventually.IsTrueAsync(
            async () => (await Server.QueryAsync("select name from users where email_verified = 1")).Contains("Lena Hald"));
        (await mia.ListAsync())[0]!["user_name"]!.GetValue<string>().Should().Be("Lena Hald");
        await mia.ReplyAsync(await ChatIdAsync(mia), "Hello Lena");

        var phone = await VisitAsync("data-open");
        await phone.EvaluateAsync("token => LeanChat('identify', { token })", token);
        await Expect(phone.Locator(".log")).ToContainTextAsync("Nobody knows me yet");
        await Expect(phone.Locator(".log")).ToContainTextAsync("Hello Lena");
        await SayAsync(phone, "From the phone");
        await Expect(laptop.Locator(".log")).ToContainTextAsync("From the phone");

        await phone.EvaluateAsync("LeanChat('reset')");
        await Expect(phone.Locator(".log")).Not.ToContainTextAsync("Hello Lena");
        (await phone.EvaluateAsync<string[]>("Object.keys(localStorage)")).Should().BeEmpty();
        await phone.ReloadAsync();
        await SayAsync(phone, "Somebody else now");
        await Expect(Bubbles(phone)).ToHaveTextAsync(["Hi! How can we help?", "Somebody else now"]);
        await Expect(laptop.Locator(".log")).Not.ToContainTextAsync("Somebody else now");
    }

    [BrowserFact]
    public async Task Destroyed_it_leaves_no_timer_listener_observer_or_line()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open", before: page => page.AddInitScriptAsync("""
            window.live = new Set();
            const ours = () => new Error().stack.includes('/widget.js');
            const { addEventListener } = EventTarget.prototype;
            EventTarget.prototype.addEventListener = function (type, listener, options) {
              addEventListener.call(this, type, listener, options);
              if (!ours() || this instanceof Node && this !== document) return;
              const one = [type];
              live.add(one);
              const gone = () => live.delete(one);
              if (options?.signal) addEventListener.call(options.signal, 'abort', gone);
              if (options?.once) addEventListener.call(this, type, gone, { once: true });
            };
            for (const [start, stop] of [['setTimeout', 'clearTimeout'], ['setInterval', 'clearInterval']]) {
              const real = window[start], end = window[stop];
              window[start] = (work, ...rest) => {
                const id = real(() => { if (start === 'setTimeout') live.delete(start + id); work(); }, ...rest);
                if (ours()) live.add(start + id);
                return id;
              };
              window[stop] = id => { live.delete(start + id); end(id); };
            }
            for (const name of ['MutationObserver', 'ResizeObserver']) window[name] = class extends window[name] {
              observe(...all) { if (ours()) live.add(this); super.observe(...all); }
              disconnect() { live.delete(this); super.disconnect(); }
            };
            window.WebSocket = class extends WebSocket {
              constructor(...all) { super(...all); live.add(this); }
              close(...all) { live.delete(this); super.close(...all); }
            };
            """));
        await SayAsync(visitor, "Hello");
        await mia.ReplyAsync(await ChatIdAsync(mia), "Hello back");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Hello back");
        await visitor.EvaluateAsync(
            """
            LeanChat('close');
            LeanChat('open');
            window.heard = [];
            LeanChat('on', 'message', m => heard.push(m.content));
            LeanChat('on', 'close', () => heard.push('close'));
            """);
        (await visitor.EvaluateAsync<int>("live.size")).Should().BeGreaterThan(15, "so much it holds while it lives");
        await OnlineAsync(online: true);

        await visitor.EvaluateAsync("LeanChat('destroy')");

        await visitor.WaitForFunctionAsync("() => live.size === 0", null, new() { Timeout = 2000 });
        await OnlineAsync(online: false);
        await mia.ReplyAsync(await ChatIdAsync(mia), "Are you still there?");
        (await visitor.EvaluateAsync<string[]>(
            "dispatchEvent(new Event('online')), document.dispatchEvent(new Event('visibilitychange')), heard")).Should().BeEmpty();
        (await visitor.EvaluateAsync<bool>(
            "live.size === 0 && !window.LeanChat && !document.querySelector('lean-chat') && !document.body.inert")).Should().BeTrue();
    }
}
