using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using LeanChat.Proof;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>What including the widget does to a website: as little as can be.</summary>
public sealed partial class WidgetEmbedSpecs(Browser browser) : WidgetStories(browser)
{
    [BrowserFact]
    public async Task However_it_is_included_it_comes_once()
    {
        var visitor = await PersonAsync();
        var errors = Errors(visitor);
        foreach (var (head, body) in ((string, string)[])[
            (Tag, ""), ("", Tag), (Tag.Replace("async", "", StringComparison.Ordinal), ""),
            (Tag.Replace("async", "defer", StringComparison.Ordinal), ""), (Tag, Tag + Tag),
            ("", $"<script type=module src={Server.Origin}/widget.js></script>"),
            ("", $$"""
                <script>
                setTimeout(() => document.body.append(
                  Object.assign(document.createElement('script'), { src: '{{Server.Origin}}/widget.js' })), 300)
                </script>
                """)])
        {
            var site = await PageAsync(Html(body, head));
            await visitor.GotoAsync(site.Origin);
            await visitor.Locator(".launcher").ClickAsync();
            await Expect(visitor.Locator(".panel")).ToBeVisibleAsync();
            await Expect(visitor.Locator("lean-chat")).ToHaveCountAsync(1);
            (await visitor.EvaluateAsync<string>("document.querySelector('lean-chat').parentNode.localName")).Should().Be("html");
        }

        await SayAsync(visitor, "Injected late");
        errors.Should().BeEmpty();
    }

    [BrowserFact]
    public async Task What_shows_nothing_is_not_sent()
    {
        var visitor = await VisitAsync("data-open");
        var field = visitor.Locator("textarea");
        await field.FillAsync(" \u200b\u3164\u2800");
        await Expect(visitor.Locator(".send")).ToBeDisabledAsync();
        await field.PressAsync("Enter");
        await SayAsync(visitor, "\u200bHi");

        await Expect(visitor.Locator(".log .me .bubble")).ToHaveCountAsync(1);
    }

    [BrowserFact]
    public async Task A_page_is_neither_moved_nor_restyled()
    {
        const string html = """
            <!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head><body><h1>Oak shelves</h1>
            <p>Text <a href="#x">link</a> <b>bold</b></p><ul><li>1<li>2</ul><button>Buy</button><input><select><option>a</select>
            <textarea></textarea><table><tr><td>1</table><blockquote>q</blockquote><pre>p</pre><hr><form><label>l</label></form>
            <section><article>a</article></section><nav>n</nav><footer>f</footer></body></html>
            """;
        const string all = "body,h1,p,a,b,ul,li,button,input,select,textarea,table,td,blockquote,pre,hr,form,label,section,nav,footer";
        const string look = $$"""
            [document.documentElement, ...document.querySelectorAll('{{all}}')].map(e => e.localName
              + JSON.stringify([...getComputedStyle(e)].map(n => getComputedStyle(e).getPropertyValue(n)))
              + JSON.stringify(e.getBoundingClientRect()))
            """;
        var bare = await PageAsync(html);
        // Added once the page is drawn, which is a frame after it was read: what moves from then on moves because of it.
        var with = await PageAsync(html.Replace("</body>", $$"""
            <script>
            const add = () => {
              if (!window.largest) return requestAnimationFrame(add);
              window.added = performance.now();
              document.body.append(Object.assign(document.createElement('script'), { src: '{{Server.Origin}}/widget.js' }));
            };
            addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(add)))
            </script></body>
            """, StringComparison.Ordinal));
        var shifts = new List<string[]>();
        string[][] looks = [[], []];
        foreach (var site in (Website[])[with, bare, with])
        {
            var visitor = await PersonAsync();
            var devtools = await visitor.Context.NewCDPSessionAsync(visitor);
            await devtools.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = 4 });
            await visitor.AddInitScriptAsync(
                """
                window.shifts = [];
                new PerformanceObserver(l => shifts.push(...l.getEntries())).observe({ type: 'layout-shift', buffered: true });
                new PerformanceObserver(l => window.largest = l.getEntries().at(-1).element?.localName)
                  .observe({ type: 'largest-contentful-paint', buffered: true });
                """);
            await visitor.GotoAsync(site.Origin);
            if (site == with)
                await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
            await visitor.WaitForFunctionAsync("() => window.largest");
            if (site == with)
                shifts.Add(await visitor.EvaluateAsync<string[]>(
                    """
                    shifts.filter(shift => shift.startTime > window.added).map(shift => shift.value + JSON.stringify(
                      shift.sources.map(source => [source.node?.nodeName, source.previousRect, source.currentRect])))
                    """));
            looks[site == with ? 0 : 1] = await visitor.EvaluateAsync<string[]>(look);
            (await visitor.EvaluateAsync<string>("largest")).Should().Be("h1");
        }

        shifts.SelectMany(all => all).Should().BeEmpty();
        looks[0].Should().Equal(looks[1]);
    }

    [BrowserFact]
    public async Task A_server_that_hangs_or_is_gone_holds_nothing_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var hanging = ((IPEndPoint)silent.LocalEndpoint).Port;
        var gone = Ports.Free();

        foreach (var port in (int[])[hanging, gone])
        {
            var visitor = await PersonAsync();
            var complaints = new List<string>();
            visitor.Console += (_, message) => complaints.Add(message.Text);
            var errors = Errors(visitor);
            var site = await PageAsync(Html("", $"""
                <script>addEventListener('DOMContentLoaded', () => window.parsed = performance.now())</script>
                <script async src="http://127.0.0.1:{port}/widget.js"></script>
                """));
            await visitor.GotoAsync(site.Origin, new() { WaitUntil = WaitUntilState.Commit });
            await visitor.WaitForFunctionAsync("() => window.parsed", null, new() { Timeout = 3000 });
            await Expect(visitor.Locator("h1")).ToBeVisibleAsync();

            var later = await PageAsync(Html("", $$"""
                <script>
                addEventListener('load', () => {
                  window.loaded = true;
                  document.head.append(Object.assign(document.createElement('script'), { src: 'http://127.0.0.1:{{port}}/widget.js' }));
                })
                </script>
                """));
            await visitor.GotoAsync(later.Origin, new() { WaitUntil = WaitUntilState.Commit });
            await visitor.WaitForFunctionAsync("() => window.loaded", null, new() { Timeout = 3000 });
            errors.Should().BeEmpty();
            complaints.Should().HaveCountLessThanOrEqualTo(2, "one line for each page that asked")
                .And.NotContain(text => !text.Contains("ERR_", StringComparison.Ordinal));
        }
    }

    [BrowserFact]
    public async Task A_second_view_comes_out_of_the_cache()
    {
        var visitor = await PersonAsync();
        var site = await SiteAsync("");
        var devtools = await visitor.Context.NewCDPSessionAsync(visitor);
        await devtools.SendAsync("Network.enable");
        var (ids, bytes) = (new HashSet<string>(), new List<double>());
        devtools.Event("Network.requestWillBeSent").OnEvent += (_, e) =>
        {
            if (e!.Value.GetProperty("request").GetProperty("url").GetString()!.EndsWith("/widget.js", StringComparison.Ordinal))
                ids.Add(e.Value.GetProperty("requestId").GetString()!);
        };
        devtools.Event("Network.loadingFinished").OnEvent += (_, e) =>
        {
            if (ids.Contains(e!.Value.GetProperty("requestId").GetString()!))
                bytes.Add(e.Value.GetProperty("encodedDataLength").GetDouble());
        };
        foreach (var path in (string[])["/", "/second"])
        {
            await visitor.GotoAsync(site.Origin + path);
            await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        }

        await Eventually.IsTrueAsync(() => bytes.Count == 2);
        bytes[0].Should().BeInRange(8_000, 15_000, "brotli and its headers");
        bytes[1].Should().BeLessThanOrEqualTo(300);
    }

    /// <summary>The rules are of the kinds that EasyList, EasyPrivacy, uBlock's and Fanboy's lists hold for any site; the
    /// lists whole were tried by hand.</summary>
    [BrowserFact]
    public async Task What_it_asks_for_gives_nothing_away_and_offends_no_filter()
    {
        string[] rules =
        [
            "/analytics/beacons/", "/beacon.js", "/beacon.gif?", ".beacon.min.js", "/b/s/beacon", "/adobe.visitor-", "-newsletterwidget.",
            "/newsletter_widget.", "/signup_widget.", "/getnetworkwidget?",
            "/widget-advert?", "/recommendations-widget/", "-job-widget.", "-subscription-widget/", "/collect?", "/analytics.js",
            "/track.js", "/tracker.js", "/pixel.gif", "/stats.js", "/event?", "/log?", "/telemetry/", "/ads/", "_ad.", "/metrics?",
        ];
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open", head: """<meta name="referrer" content="unsafe-url">""", before: person =>
        {
            _urls.Clear();
            person.Request += (_, request) =>
                _urls.AddRange([request.Url, .. request.Headers.TryGetValue("referer", out var from) ? (string[])[from] : []]);
            person.WebSocket += (_, socket) => _urls.Add(socket.Url);
            return Task.CompletedTask;
        });
        await SayAsync(visitor, "Hello");
        await mia.ReplyAsync(await ChatIdAsync(mia), "Hello back");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Hello back");
        AdminsLeave();
        await visitor.Locator(".ask").ClickAsync();
        await visitor.Keyboard.TypeAsync("lena@example.com");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".offer")).ToContainTextAsync("lena@example.com");
        await visitor.EvaluateAsync("LeanChat('update', { locale: 'de' })");
        await Expect(visitor.Locator("lean-chat")).ToHaveAttributeAsync("lang", "de");
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".log")).ToContainTextAsync("Hello back");

        var token = await visitor.EvaluateAsync<string>("localStorage['leanchat:token']");
        token.Should().HaveLength(43);
        _urls.Should().Contain(url => url.EndsWith("/ws/chat", StringComparison.Ordinal))
            .And.Contain(url => url.EndsWith("/identify", StringComparison.Ordinal));
        _urls.Should().NotContain(url => url.Contains(token, StringComparison.Ordinal));
        _urls.Where(url => rules.Any(url.Contains)).Should().BeEmpty();
        (await visitor.EvaluateAsync<string>($"document.documentElement.outerHTML + {Shadow}.innerHTML")).Should().NotContain(token);
        (await visitor.Context.CookiesAsync()).Should().BeEmpty();
    }

    [Fact]
    public void The_source_keeps_its_promises()
    {
        var source = new StreamReader(typeof(Program).Assembly.GetManifestResourceStream("widget.js")!).ReadToEnd();
        Forbidden().Matches(source).Select(match => match.Value).Should().BeEmpty();
        var contents = source[..source.IndexOf("(() =>", StringComparison.Ordinal)];
        foreach (Match section in Sections().Matches(source))
            contents.Should().Contain(section.Groups["title"].Value, "the contents list names every section");
        foreach (Match type in Classes().Matches(source))
            type.Value.Count(sign => sign == '\n').Should().BeLessThan(150, type.Groups["name"].Value);
    }

    private readonly List<string> _urls = [];

    [GeneratedRegex(
        @"sendBeacon|\bunload\b|document\.write|\beval\b|new Function|innerHTML|outerHTML|insertAdjacent|style=|document\.cookie"
        + @"|\.on(message|popstate|error)\b(?<!socket\.onmessage)|pushState",
        RegexOptions.IgnoreCase)]
    private static partial Regex Forbidden();

    [GeneratedRegex(@"^// (?<title>\d+ [A-Z]\w+)$", RegexOptions.Multiline)]
    private static partial Regex Sections();

    [GeneratedRegex(@"^class (?<name>\w+) \{\n.*?^\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Classes();
}
