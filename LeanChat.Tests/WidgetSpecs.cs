using System.Text.Json;
using System.Text.RegularExpressions;
using LeanChat.Pages;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The visitor's side in a real browser, on websites of every kind.</summary>
public sealed class WidgetSpecs(Browser browser) : WidgetStories(browser)
{
    [Fact]
    public async Task In_every_language_the_script_is_small_and_says_on_what_it_depends()
    {
        await using var server = await LeanChatServer.StartAsync(
            "AppName=Hald & Daughter",
            "Widget:Greeting=Hello! Ask us anything about wood, oil or delivery.",
            "Hours:Open=Mon-Fri 09:00-17:00");
        foreach (var language in WidgetTexts.Languages)
        {
            // The limit is for English; letters of two bytes each weigh a little more.
            var more = language == "en" ? 0 : 500;
            (await SizeAsync(server, language, "br")).Should().BeLessThanOrEqualTo(14_000 + more, language);
            (await SizeAsync(server, language, "gzip")).Should().BeLessThanOrEqualTo(16_000 + more, language);
            var reply = await server.AskAsync(HttpMethod.Get, "/widget.js", null, ("Accept-Language", language + ";q=0.9, xx"));
            reply.Text.Should().Contain($"\"language\":\"{language}\"");
            string.Join(',', reply.Response.Headers.Vary).Should().Contain("Accept-Language").And.Contain("Accept-Encoding");
        }
    }

    [Theory]
    [InlineData("de-AT,en;q=0.5", "de")]
    [InlineData("eo, fr-CA;q=0.8, de;q=0.9", "de")]
    [InlineData("no", "nb")]
    [InlineData("nn-NO, en", "nb")]
    [InlineData("pt-PT", "pt")]
    [InlineData("pt-br", "pt-BR")]
    [InlineData("zh-Hans-CN", "zh-CN")]
    [InlineData("fil", "en")]
    [InlineData("de;q=0, sv", "sv")]
    [InlineData("*", "en")]
    [InlineData("", "en")]
    public void The_best_language_is_chosen(string accepted, string language) => WidgetTexts.Choose(accepted).Should().Be(language);

    [Fact]
    public async Task An_owners_choice_of_language_goes_for_all()
    {
        await using var server = await LeanChatServer.StartAsync("Widget:Locale=pl");

        var reply = await server.AskAsync(HttpMethod.Get, "/widget.js", null, ("Accept-Language", "de"));

        reply.Text.Should().Contain("Napisz wiadomość…");
        string.Join(',', reply.Response.Headers.Vary).Should().NotContain("Accept-Language");
    }

    [BrowserFact]
    public async Task Every_language_is_complete_and_fits_a_small_phone()
    {
        var visitor = await VisitAsync("data-open", width: 320, height: 568);
        var english = Read("en");
        using var widget = new StreamReader(typeof(PageAssets).Assembly.GetManifestResourceStream("widget.js")!);
        var source = await widget.ReadToEndAsync();
        WidgetTexts.Languages.Should().HaveCount(24);
        foreach (var language in WidgetTexts.Languages)
        {
            var words = Read(language);
            words.Keys.Should().BeEquivalentTo(english.Keys, language);
            words.Values.Should().NotContain(string.Empty);
            foreach (var (key, text) in english)
                words[key].Contains("{n}", StringComparison.Ordinal)
                    .Should().Be(text.Contains("{n}", StringComparison.Ordinal), $"{language} {key}");
            if (language != "en")
                words.Count(word => english.GetValueOrDefault(word.Key) == word.Value).Should().BeLessThanOrEqualTo(4, language);
            // What panel.js says has its own places, which wrap.
            var shown = words.Where(word => source.Contains($"\"{word.Key}\": \"", StringComparison.Ordinal)
                && word.Key is not ("emailed" or "expired" or "greeting" or "language"));
            var wide = await visitor.EvaluateAsync<string[]>(
                $$"""
                async ([language, words]) => {
                  LeanChat('update', { locale: language });
                  const host = document.querySelector('lean-chat'), root = host.shadowRoot;
                  for (let i = 0; host.lang !== language && i < 100; i++) await new Promise(done => setTimeout(done, 20));
                  if (host.lang !== language) return ['never came'];
                  const [panel, head, status, ask, offer, button] = ['.panel', '.head', '.status', '.ask', '.offer', '.jump']
                    .map(name => root.querySelector(name));
                  offer.hidden = button.hidden = false;
                  const before = [status, ask, button].map(e => e.textContent), wide = [];
                  for (const word of words) {
                    status.textContent = ask.textContent = button.textContent = word.replace('{n}', 'Mittwoch 23:59');
                    for (const e of [panel, head, status, ask, offer, button])
                      if (e.scrollWidth > e.clientWidth + 1) wide.push(e.className + ': ' + word);
                    if (head.offsetHeight > 96) wide.push('tall: ' + word);
                  }
                  [status, ask, button].forEach((e, i) => e.textContent = before[i]);
                  return wide;
                }
                """, new object[] { language, shown.Select(word => word.Value).ToArray() });
            wide.Should().BeEmpty(language);
        }

        (await visitor.EvaluateAsync<string>("document.querySelector('lean-chat').dir")).Should().Be("ltr");
    }

    [BrowserFact]
    public async Task A_page_in_another_language_costs_one_more_request_and_times_stay_the_visitors()
    {
        var visitor = await PersonAsync();
        var asked = Requests(visitor);
        await visitor.GotoAsync((await SiteAsync("", language: "de")).Origin);
        await Expect(visitor.Locator(".launcher")).ToHaveAttributeAsync("aria-label", "Chat öffnen");
        asked.Should().HaveCount(2).And.Contain(url => url.EndsWith("/widget.js?words=de,en-GB", StringComparison.Ordinal));

        var english = await VisitAsync("data-open");
        await SayAsync(english, "What time is it?");
        await Expect(english.Locator(".me .meta")).ToHaveTextAsync(new Regex(@"^\d?\d:\d\d · Sent$"));
    }

    [BrowserFact]
    public async Task Away_says_when_somebody_is_back_and_offers_to_write_once()
    {
        await using var server = await LeanChatServer.StartAsync(
            "Hours:Open=Sun 10:00-18:00, Mon 09:00-17:00", "Widget:Consent=By writing you agree to https://shop.example/privacy");
        var visitor = await VisitAsync(
            "data-open", server: server, before: page => page.Clock.SetFixedTimeAsync(server.Clock.GetUtcNow().UtcDateTime));
        await Expect(visitor.Locator(".status")).ToHaveTextAsync("Away · back at 11:00");
        await Expect(visitor.Locator(".note a")).ToHaveAttributeAsync("href", "https://shop.example/privacy");
        await Expect(visitor.Locator(".offer")).ToBeHiddenAsync();

        await SayAsync(visitor, "Anybody there?");
        await Expect(visitor.Locator(".note")).ToBeHiddenAsync();
        await visitor.Locator(".ask").ClickAsync();
        await visitor.Keyboard.TypeAsync("lena@example.com");
        await visitor.Keyboard.PressAsync("Enter");

        await Expect(visitor.Locator(".ask")).ToContainTextAsync("We’ll e-mail lena@example.com");
        (await server.QueryAsync("select email from users where email is not null")).Should().Equal("lena@example.com");
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Anybody there?");
        await Expect(visitor.Locator(".ask")).ToContainTextAsync("We’ll e-mail lena@example.com");

        var other = await VisitAsync("data-open", server: server);
        await SayAsync(other, "Me too");
        await other.Locator(".offer .skip").ClickAsync();
        await Expect(other.Locator(".offer")).ToBeHiddenAsync();
        await SayAsync(other, "No, thanks");
        await other.ReloadAsync();
        await Expect(other.Locator(".log")).ToContainTextAsync("No, thanks");
        await Expect(other.Locator(".offer")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Hidden_while_away_it_comes_with_the_owner()
    {
        await using var server = await LeanChatServer.StartAsync("Widget:HideWhenAway=true");
        var mia = await server.AdminAsync();
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        var site = await SiteAsync("", server);
        var visitor = await PersonAsync();
        await visitor.GotoAsync(site.Origin);
        await Expect(visitor.Locator("lean-chat")).ToBeAttachedAsync();
        await Expect(visitor.Locator(".launcher")).ToBeHiddenAsync();

        await using (var dashboard = await mia.WatchAsync())
        {
            await dashboard.SayAsync(new { action = "visible", visible = true });
            await dashboard.SettleAsync();
            var second = await PersonAsync();
            await second.GotoAsync(site.Origin);
            await Expect(second.Locator(".launcher")).ToBeVisibleAsync();
        }
    }

    [BrowserFact]
    public async Task One_host_one_global_and_calls_in_their_order()
    {
        var site = await SiteAsync("", head: $$"""
            <script>
            window.LeanChat=window.LeanChat||function(){(LeanChat.q=LeanChat.q||[]).push(arguments)};
            window.heard=[];
            LeanChat('on','open',()=>heard.push('open')); LeanChat('on','ready',()=>heard.push('ready'));
            LeanChat('update',{title:'First'}); LeanChat('update',{title:'Second'}); LeanChat('open');
            window.before=Object.getOwnPropertyNames(window);
            </script><script async src="{{Server.Origin}}/widget.js"></script>
            """);
        var visitor = await PersonAsync();
        var sockets = 0;
        visitor.WebSocket += (_, _) => sockets++;
        await visitor.GotoAsync(site.Origin);
        await Expect(visitor.Locator(".title")).ToHaveTextAsync("Second");
        await Expect(visitor.Locator("lean-chat")).ToHaveCountAsync(1);
        (await visitor.EvaluateAsync<string[]>("heard")).Should().Equal("open", "ready");
        (await visitor.EvaluateAsync<string[]>(
            "Object.getOwnPropertyNames(window).filter(n => !before.includes(n) && n !== 'before' && !/^__pw|^__play|^\\d+$/.test(n))"))
                .Should().BeEmpty();
        (await visitor.EvaluateAsync<bool>("onmessage === null && onpopstate === null && /native/.test(history.pushState)"))
            .Should().BeTrue();
        await SayAsync(visitor, "Once");
        sockets.Should().Be(1);

        await visitor.EvaluateAsync("LeanChat('reset')");
        (await visitor.EvaluateAsync<string[]>("Object.keys(localStorage)")).Should().BeEmpty();
        await Expect(visitor.Locator(".log")).Not.ToContainTextAsync("Once");
        await visitor.EvaluateAsync("LeanChat('destroy')");
        await Expect(visitor.Locator("lean-chat")).ToHaveCountAsync(0);
        (await visitor.EvaluateAsync<bool>("'LeanChat' in window || document.body.inert")).Should().BeFalse();
    }

    [BrowserFact]
    public async Task A_hostile_page_changes_nothing_and_is_not_changed()
    {
        var clean = await VisitAsync("data-open");
        var hostile = await VisitAsync("data-open", head: """
            <style>
            *,*::before,lean-chat{all:unset!important;display:block!important;color:red!important;font:40px serif!important;
            position:static!important;opacity:.1!important;visibility:hidden!important}
            body,lean-chat{transform:rotate(5deg)!important;filter:blur(4px)!important;zoom:2!important}
            html{--surface:red;--accent:lime;direction:rtl;letter-spacing:9px;line-height:3}</style>
            """, visible: false);

        (await hostile.EvaluateAsync<string[]>(Measure)).Except(await clean.EvaluateAsync<string[]>(Measure)).Should().BeEmpty();
        (await clean.EvaluateAsync<string>("getComputedStyle(document.querySelector('h1')).font"))
            .Should().Contain("Times").And.Contain("32px");
    }

    [BrowserFact]
    public async Task Keys_stay_inside_and_a_new_body_changes_nothing()
    {
        var visitor = await VisitAsync("data-open");
        await visitor.EvaluateAsync(
            """
            window.keys = [];
            for (const type of ['keydown', 'keyup', 'keypress', 'input', 'beforeinput', 'paste'])
              document.addEventListener(type, e => keys.push(type));
            """);
        await visitor.Locator("textarea").FocusAsync();
        await visitor.Keyboard.TypeAsync("j/ half a");
        await visitor.Keyboard.PressAsync("Shift+Enter");
        (await visitor.EvaluateAsync<string[]>("keys")).Should().BeEmpty();

        await visitor.EvaluateAsync(
            """
            document.body = document.createElement('body');
            for (let i = 0; i < 10; i++) history.pushState({}, '', '/p?' + i);
            document.querySelector('lean-chat').remove();
            """);
        await Expect(visitor.Locator(".panel")).ToBeVisibleAsync();
        await Expect(visitor.Locator("lean-chat")).ToHaveCountAsync(1);
        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("j/ half a\n");
        await visitor.Locator("textarea").FocusAsync();
        await visitor.Keyboard.PressAsync("Escape");
        (await visitor.EvaluateAsync<string>($"{Shadow}.activeElement.className")).Should().Be("launcher");
    }

    [BrowserFact]
    public async Task What_an_owner_writes_stays_text_and_links_are_safe()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "Hello");
        string[] corpus =
        [
            "<img src=x onerror=document.title='hacked'>", "javascript:alert(1) data:text/html,x", "‮evil", new string('w', 4000),
            "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘", "see (https://a.example/b_(c)) or me@x.example.",
        ];
        foreach (var text in corpus)
            await mia.ReplyAsync(await ChatIdAsync(mia), text);
        await Expect(visitor.Locator(".log a")).ToHaveCountAsync(2);

        (await visitor.Locator(".msg.them .bubble").AllInnerTextsAsync()).Skip(1).Should().Equal(corpus);
        (await visitor.EvaluateAsync<string[]>($"[...{Shadow}.querySelectorAll('.log a')].map(a => a.href + ' ' + a.rel + ' ' + a.target)"))
            .Should().Equal(
                "https://a.example/b_(c) noopener noreferrer nofollow _blank",
                "mailto:me@x.example noopener noreferrer nofollow _blank");
        (await visitor.EvaluateAsync<bool>($$"""
            !{{Shadow}}.querySelector('.log img,.note img,script')
              && {{Shadow}}.querySelector('.log').scrollWidth <= {{Shadow}}.querySelector('.log').clientWidth
            """)).Should().BeTrue();
        (await visitor.TitleAsync()).Should().NotContain("hacked");
    }

    [BrowserFact]
    public async Task Of_three_tabs_one_rings_and_reading_in_one_is_reading_in_all()
    {
        var mia = await Server.AdminAsync();
        var site = await SiteAsync("");
        var first = await PersonAsync();
        await first.Context.AddInitScriptAsync("""
            window.rings = 0;
            window.AudioContext = class {
              state = 'running'; currentTime = 0; destination = {};
              async resume() {}
              createOscillator() { rings++; return { frequency: { setValueAtTime() {} }, connect() {}, start() {}, stop() {} }; }
              createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} }; }
              close() {}
            };
            Object.defineProperty(navigator,'userActivation',{value:{hasBeenActive:true}});
            """);
        await first.GotoAsync(site.Origin);
        await first.Locator(".launcher").ClickAsync();
        await SayAsync(first, "Hello?");
        await first.Keyboard.PressAsync("Escape");
        var (second, third) = (await first.Context.NewPageAsync(), await first.Context.NewPageAsync());
        IPage[] tabs = [first, second, third];
        foreach (var tab in tabs[1..])
            await tab.GotoAsync(site.Origin);
        await mia.ReplyAsync(await ChatIdAsync(mia), "Ding");
        foreach (var tab in tabs)
            await Expect(tab.Locator(".badge")).ToHaveTextAsync("1");
        await Eventually.IsTrueAsync(async () => await RingsAsync() == 1);

        await third.EvaluateAsync("LeanChat('open')");
        foreach (var tab in tabs)
            await Expect(tab.Locator(".badge")).ToBeHiddenAsync();
        await mia.ReplyAsync(await ChatIdAsync(mia), "You see this");
        await Expect(third.Locator(".log")).ToContainTextAsync("You see this");
        (await RingsAsync()).Should().Be(1);

        async Task<int> RingsAsync() => (await Task.WhenAll(tabs.Select(tab => tab.EvaluateAsync<int>("rings")))).Sum();
    }

    private static Dictionary<string, string> Read(string language) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(WidgetTexts.In(language), Wire.Options)!;

    private static async Task<int> SizeAsync(LeanChatServer server, string language, string coding)
    {
        using var client = server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/widget.js");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        using var response = await client.SendAsync(request);
        return (await response.Content.ReadAsByteArrayAsync()).Length;
    }
}
