using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>What a visitor sees and reaches: on a phone, by keyboard, in every colour.</summary>
public sealed class WidgetScreenSpecs(Browser browser) : WidgetStories(browser)
{
    [BrowserFact]
    public async Task Ink_can_be_read_on_every_accent()
    {
        var visitor = await VisitAsync("data-color=\"#ffe600\"");
        foreach (var colour in (string[])[
            "", "#000", "#fff", "#ff6f61", "#1F5FBF", "#0a7", "#777777", "#767676", "#c2410c", "#8AB4F8", "#00ff00", "#800080", "#e00"])
        {
            var contrast = await visitor.EvaluateAsync<double>(
                $$"""
                colour => {
                  if (colour) LeanChat('update', { color: colour });
                  const style = getComputedStyle({{Shadow}}.querySelector('.launcher'));
                  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
                  canvas.fillStyle = colour;
                  const asked = canvas.fillStyle;
                  canvas.fillStyle = style.backgroundColor;
                  if (colour && canvas.fillStyle !== asked) return 0;
                  const [a, b] = [style.color, style.backgroundColor].map(c => {
                    canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1);
                    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data]
                      .map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                    return .2126 * r + .7152 * g + .0722 * b + .05;
                  });
                  return Math.max(a, b) / Math.min(a, b);
                }
                """, colour);
            contrast.Should().BeGreaterThanOrEqualTo(4.5, colour);
        }
    }

    [BrowserFact]
    public async Task Scrolled_up_nothing_jumps_and_a_hidden_tab_flashes_its_title()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "A long one, please");
        for (var i = 1; i <= 15; i++)
            await mia.ReplyAsync(await ChatIdAsync(mia), $"Line {i}\nand more\nand more");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Line 15");
        await visitor.Locator(".log").EvaluateAsync(
            """
            log => {
              log.scrollTop = 300;
              window.added = [];
              new MutationObserver(all => added.push(...all.flatMap(m => [...m.addedNodes]).map(n => n.className)))
                .observe(log, { childList: true });
            }
            """);
        await visitor.WaitForFunctionAsync($"() => {Shadow}.querySelector('.log').scrollTop === 300");
        await mia.ReplyAsync(await ChatIdAsync(mia), "Below");
        await Expect(visitor.Locator(".jump")).ToBeVisibleAsync();
        (await visitor.Locator(".log").EvaluateAsync<int>("log => log.scrollTop")).Should().Be(300);
        (await visitor.EvaluateAsync<string[]>("added")).Should().ContainSingle().Which.Should().Contain("them");
        await visitor.Locator(".jump").ClickAsync();
        (await visitor.Locator(".log").EvaluateAsync<bool>("log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"))
            .Should().BeTrue();

        await visitor.EvaluateAsync(
            """
            Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true });
            window.away = true;
            document.dispatchEvent(new Event('visibilitychange'));
            """);
        await mia.ReplyAsync(await ChatIdAsync(mia), "Come back");
        await Expect(visitor).ToHaveTitleAsync("(1) New messages");
        await Expect(visitor).ToHaveTitleAsync("Shop");
        await visitor.EvaluateAsync("window.away = false; document.dispatchEvent(new Event('visibilitychange'))");
        await Expect(visitor).ToHaveTitleAsync("Shop");
        await Eventually.IsTrueAsync(async () =>
            (await Server.QueryAsync("select count(*) from support_messages where sender_type = 'admin' and read_at is null"))[0] == "0");
    }

    [BrowserFact]
    public async Task On_a_phone_it_fills_the_screen_and_stays_above_the_keyboard()
    {
        var visitor = await VisitAsync("", width: 390, height: 844, phone: true);
        await visitor.Locator(".launcher").TapAsync();
        await Expect(visitor.Locator(".launcher")).ToBeHiddenAsync();
        await AtRestAsync(visitor);
        (await visitor.Locator(".panel").BoundingBoxAsync()).Should().BeEquivalentTo(new { X = 0f, Y = 0f, Width = 390f, Height = 844f });
        (await visitor.EvaluateAsync<bool>($$"""
            document.body.inert && document.documentElement.style.overflow === 'hidden'
              && {{Shadow}}.querySelector('.panel').ariaModal === 'true'
              && parseFloat(getComputedStyle({{Shadow}}.querySelector('textarea')).fontSize) >= 16
            """)).Should().BeTrue();
        await visitor.EvaluateAsync(
            """
            const real = visualViewport, value = { height: 494, offsetTop: 30, scale: 1 };
            Object.defineProperty(window, 'visualViewport', { value, configurable: true });
            real.dispatchEvent(new Event('resize'));
            """);
        var panel = (await visitor.Locator(".panel").BoundingBoxAsync())!;
        (panel.Y, panel.Height).Should().Be((30, 494));
        var send = (await visitor.Locator(".send").BoundingBoxAsync())!;
        (send.Y + send.Height).Should().BeLessThanOrEqualTo(524);
        send.Height.Should().BeGreaterThanOrEqualTo(44);
        (await visitor.Locator(".close").BoundingBoxAsync())!.Height.Should().BeGreaterThanOrEqualTo(44);
        await visitor.Locator(".close").TapAsync();
        (await visitor.EvaluateAsync<bool>("document.body.inert || document.documentElement.style.overflow !== ''")).Should().BeFalse();
    }

    [BrowserFact]
    public async Task It_follows_what_the_reader_prefers()
    {
        var visitor = await VisitAsync("data-open data-position=left data-locale=ar");
        await Expect(visitor.Locator("lean-chat")).ToHaveAttributeAsync("dir", "rtl");
        (await visitor.Locator(".launcher").BoundingBoxAsync())!.X.Should().Be(20);
        await SayAsync(visitor, "مرحبا", sent: "أُرسلت");
        var (bubble, panel) = (
            (await visitor.Locator(".msg.me .bubble").BoundingBoxAsync())!, (await visitor.Locator(".panel").BoundingBoxAsync())!);
        (bubble.X - panel.X).Should().BeLessThan(40, "one's own words are at the end of the line");
        (await visitor.EvaluateAsync<string>($"getComputedStyle({Shadow}.querySelector('.send')).transform"))
            .Should().StartWith("matrix(-1");

        await visitor.EmulateMediaAsync(new() { ForcedColors = ForcedColors.Active });
        (await visitor.EvaluateAsync<string>($"getComputedStyle({Shadow}.querySelector('.panel')).borderTopStyle")).Should().Be("solid");
        await visitor.EmulateMediaAsync(new() { ForcedColors = ForcedColors.None, ReducedMotion = ReducedMotion.Reduce });
        (await visitor.EvaluateAsync<bool>($$"""
            [...{{Shadow}}.querySelectorAll('*')].map(e => getComputedStyle(e))
              .every(style => parseFloat(style.transitionDuration) === 0 && style.animationName === 'none')
            """)).Should().BeTrue();
        await visitor.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(visitor.Locator(".panel")).ToBeHiddenAsync();
        await Expect(visitor.Locator(".launcher")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task The_keyboard_goes_everywhere_and_every_target_is_large_enough()
    {
        var visitor = await VisitAsync("");
        (await visitor.EvaluateAsync<string>($$"""
            ['aria-haspopup', 'aria-expanded', 'aria-label'].map(a => {{Shadow}}.querySelector('.launcher').getAttribute(a)).join()
            """)).Should().Be("dialog,false,Open chat");
        await visitor.Locator(".launcher").FocusAsync();
        await visitor.Keyboard.PressAsync("Enter");
        (await visitor.EvaluateAsync<string>($"{Shadow}.activeElement.localName")).Should().Be("textarea");
        await visitor.Keyboard.TypeAsync("By keyboard");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);
        await Expect(visitor.Locator(".ask")).ToBeVisibleAsync();
        await visitor.Locator(".mute").FocusAsync();
        var stops = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            stops.Add(await visitor.EvaluateAsync<string>($$"""
                (e => (getComputedStyle(e).outlineStyle === 'none' && e.localName !== 'textarea' ? 'invisible ' : '') + e.className)(
                  {{Shadow}}.activeElement ?? document.body)
                """));
            await visitor.Keyboard.PressAsync("Tab");
        }

        stops.Should().Equal("tool mute", "tool close", "log", "ask", "tool skip", "field write", "tool attach", "launcher");
        (await visitor.EvaluateAsync<string[]>($$"""
            [...{{Shadow}}.querySelectorAll('button,textarea')]
              .filter(e => e.offsetParent || getComputedStyle(e).position === 'fixed')
              .filter(e => e.offsetWidth < 24 || e.offsetHeight < 24).map(e => e.className)
            """)).Should().BeEmpty();
        (await visitor.EvaluateAsync<int>($"{Shadow}.querySelectorAll('[role=log]').length")).Should().Be(1);
        await visitor.Locator("textarea").FocusAsync();
        await visitor.Keyboard.PressAsync("Escape");
        await Expect(visitor.Locator(".panel")).ToBeHiddenAsync();
        (await visitor.EvaluateAsync<string>($"{Shadow}.activeElement.className")).Should().Be("launcher");
    }
}
