using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>For everybody: axe in every state, screen readers, zoom, both directions.</summary>
public sealed class WidgetAccessSpecs(Browser browser) : WidgetStories(browser)
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light, ForcedColors.None)]
    [InlineData(390, ColorScheme.Dark, ForcedColors.None)]
    [InlineData(1280, ColorScheme.Light, ForcedColors.Active)]
    public async Task Axe_finds_nothing_in_any_state(int width, ColorScheme colours, ForcedColors forced)
    {
        var mia = await Server.AdminAsync();
        AdminsLeave();
        var visitor = await VisitAsync("", head: "<style>h1{color:CanvasText;background:Canvas}</style>", width: width, phone: width < 480);
        await visitor.EmulateMediaAsync(new() { ColorScheme = colours, ForcedColors = forced, ReducedMotion = ReducedMotion.Reduce });
        await CheckAsync("closed");
        await visitor.EvaluateAsync("LeanChat('update', { consent: 'See https://shop.example/privacy' }); LeanChat('open')");
        await CheckAsync("greeting and consent");
        await visitor.Locator("textarea").FillAsync("Hello");
        await visitor.Locator(".send").ClickAsync();
        await Expect(visitor.Locator(".ask")).ToBeVisibleAsync();
        await CheckAsync("away, with the offer");
        await visitor.Locator(".ask").ClickAsync();
        await CheckAsync("asking for an address");
        await mia.ReplyAsync(await ChatIdAsync(mia), "See https://a.example");
        await Expect(visitor.Locator(".log a")).ToBeVisibleAsync();
        await visitor.EvaluateAsync("LeanChat('close')");
        await mia.ReplyAsync(await ChatIdAsync(mia), "One for the badge");
        await Expect(visitor.Locator(".badge")).ToHaveTextAsync("1");
        await CheckAsync("unread");
        await visitor.EvaluateAsync("LeanChat('open')");
        await Expect(visitor.Locator(".fresh")).ToBeVisibleAsync();
        await visitor.Context.SetOfflineAsync(true);
        await visitor.Locator("textarea").FillAsync("Lost?");
        await visitor.Locator(".send").ClickAsync();
        await Expect(visitor.Locator(".status")).ToContainTextAsync("Offline", new() { Timeout = 10_000 });
        await Expect(visitor.Locator(".retry")).ToBeVisibleAsync(new() { Timeout = 15_000 });
        await CheckAsync("offline and not sent");

        async Task CheckAsync(string state)
        {
            var found = await visitor.EvaluateAsync<string[]>($$"""
                async () => {
                  if (!window.axe) { {{Axe}}; }
                  return (await axe.run()).violations.map(v =>
                    v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).join('; '));
                }
                """);
            found.Should().BeEmpty($"axe, {state}, {width} px");
        }
    }

    [BrowserFact]
    public async Task A_screen_reader_hears_what_is_new_once_and_nothing_that_is_old()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open", before: page => page.AddInitScriptAsync(
            $$"""
            window.heard = [];
            const wait = setInterval(() => {
              if (!document.querySelector('lean-chat')) return;
              clearInterval(wait);
              const root = {{Shadow}}, log = root.querySelector('.log'), polite = root.querySelector('[aria-live=polite]');
              new MutationObserver(all => {
                for (const n of all.flatMap(m => [...m.addedNodes]))
                  log.ariaBusy === 'true' || heard.push('log: ' + n.querySelector('.bubble')?.textContent);
              }).observe(log, { childList: true });
              new MutationObserver(() => heard.push('aside: ' + polite.textContent))
                .observe(polite, { childList: true, characterData: true });
            }, 5);
            """));
        await SayAsync(visitor, "Hello");
        await mia.ReplyAsync(await ChatIdAsync(mia), "Old");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Old");
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Old");
        (await visitor.EvaluateAsync<string[]>("heard"))
            .Where(text => text.Contains("Old", StringComparison.Ordinal) || text.Contains("Hello", StringComparison.Ordinal))
            .Should().BeEmpty("history is not read out");
        await visitor.WaitForFunctionAsync($"() => {Shadow}.querySelector('.log').ariaBusy === 'false'");

        await mia.ReplyAsync(await ChatIdAsync(mia), "New");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("New");
        await visitor.EvaluateAsync(
            """
            document.body.append(window.other = Object.assign(document.createElement('input'), { id: 'other' }));
            LeanChat('close');
            other.focus();
            """);
        await mia.ReplyAsync(await ChatIdAsync(mia), "While closed");
        await Expect(visitor.Locator(".badge")).ToHaveTextAsync("1");
        (await visitor.EvaluateAsync<string[]>("heard"))
            .Where(text => text.Contains("New", StringComparison.Ordinal) || text.StartsWith("aside", StringComparison.Ordinal))
            .Should().Equal("log: New", "aside: Mia: While closed");
        (await visitor.EvaluateAsync<string>("document.activeElement.id")).Should().Be("other", "nobody's focus is taken");
        (await visitor.Locator("[role=log]").CountAsync()).Should().Be(1);
        for (var i = 2; i <= 12; i++)
        {
            await mia.ReplyAsync(await ChatIdAsync(mia), "Number " + i);
            await Expect(visitor.Locator(".badge"))
                .ToHaveTextAsync(i > 9 ? "9+" : i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        await Expect(visitor.Locator(".launcher")).ToHaveAttributeAsync("aria-label", "Open chat – New messages: 12");
        (await Server.QueryAsync("select count(*) from support_messages where read_at is null and sender_type = 'admin'"))
            .Should().Equal(["12"], "a closed panel has read nothing");
        await visitor.EvaluateAsync("LeanChat('open')");
        await Eventually.IsTrueAsync(async () =>
            (await Server.QueryAsync("select count(*) from support_messages where read_at is null and sender_type = 'admin'"))[0] == "0");
        (await visitor.EvaluateAsync<double>(
            $$"""
            () => {
              const root = {{Shadow}}, close = root.querySelector('.close'), canvas = new OffscreenCanvas(1, 1).getContext('2d');
              const light = c => {
                canvas.fillStyle = c;
                canvas.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data]
                  .map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                return .2126 * r + .7152 * g + .0722 * b + .05;
              };
              close.focus({ focusVisible: true });
              const [a, b] = [getComputedStyle(close).outlineColor, getComputedStyle(root.querySelector('.head')).backgroundColor]
                .map(light);
              return Math.max(a, b) / Math.min(a, b);
            }
            """)).Should().BeGreaterThanOrEqualTo(3, "the focus ring is seen");
    }

    [BrowserFact]
    public async Task It_fits_small_screens_zoom_and_both_directions()
    {
        // 640 × 400 and 320 × 200 are what 1280 × 800 has at 200 % and 400 %
        foreach (var (width, height) in ((int, int)[])[(320, 568), (640, 360), (640, 400), (320, 200)])
        {
            var visitor = await VisitAsync("", width: width, height: height);
            await visitor.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
            await FitsAsync(visitor, ".launcher");
            await visitor.Locator(".launcher").ClickAsync();
            foreach (var part in (string[])[".panel", ".close", "textarea", ".send"])
                await FitsAsync(visitor, part);
            (await visitor.Locator(".log").BoundingBoxAsync())!.Height.Should().BeGreaterThan(40);
            (await visitor.EvaluateAsync<bool>($$"""
                document.documentElement.scrollWidth <= innerWidth
                  && [...{{Shadow}}.querySelectorAll('.panel,.log')].every(e => e.scrollWidth <= e.clientWidth)
                """)).Should().BeTrue();

            async Task FitsAsync(IPage page, string part)
            {
                var box = (await page.Locator(part).BoundingBoxAsync())!;
                (box.X >= 0 && box.Y >= 0 && box.X + box.Width <= width && box.Y + box.Height <= height)
                    .Should().BeTrue($"{part} at {width} × {height}");
            }
        }

        foreach (var (language, position, x) in ((string, string, float)[])[
            ("he", "right", 1280 - 56 - 20), ("he", "left", 20), ("ar", "right", 1280 - 56 - 20)])
        {
            var visitor = await VisitAsync($"data-open data-locale={language} data-position={position}");
            await Expect(visitor.Locator("lean-chat")).ToHaveAttributeAsync("dir", "rtl");
            (await visitor.Locator(".launcher").BoundingBoxAsync())!.X.Should().Be(x);
            var (bubble, panel) = (
                (await visitor.Locator(".bubble").First.BoundingBoxAsync())!, (await visitor.Locator(".panel").BoundingBoxAsync())!);
            (panel.X + panel.Width - bubble.X - bubble.Width).Should().BeLessThan(40, "theirs is at the start of the line");
            (await visitor.EvaluateAsync<string>($"getComputedStyle({Shadow}.querySelector('.send')).transform"))
                .Should().StartWith("matrix(-1");
        }
    }
}
