using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Over 300 texts that want to run, in every field that people fill in: each is shown as it was typed, and none runs.</summary>
[Collection(DashboardStories.Name)]
public sealed partial class InjectionSpecs(Browser browser) : IAsyncLifetime
{
    /// <summary>An element's name for each element under the places where typed text is shown, and every link's scheme.</summary>
    private const string Survey = """
        roots => [...new Set(roots.flatMap(root => [...root.querySelectorAll('*')]).flatMap(each => [
          each.localName,
          ...each.getAttributeNames().filter(name => name.startsWith('on')),
          ...each.localName === 'a' ? [new URL(each.href).protocol] : []]))]
        """;

    /// <summary>What the pages make of their own accord; text makes none of the rest.</summary>
    private static readonly string[] Own =
    [
        "div", "span", "p", "a", "http:", "https:", "time", "li", "ul", "ol", "b", "button", "svg", "path", "small", "strong", "bdi",
        "section", "mark", "h2", "h3", "dl", "dt", "dd",
    ];

    private static readonly string Polyglot = Payloads.All.First(payload => payload.StartsWith("\"><img src=x", StringComparison.Ordinal));

    private readonly List<string> _alarms = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => browser.EverybodyLeavesAsync();

    [Fact]
    public void There_are_over_three_hundred() => Payloads.All.Count.Should().BeGreaterThanOrEqualTo(300);

    [BrowserFact]
    public async Task No_message_runs_in_the_widget_or_in_the_dashboard()
    {
        await using var server = await StartAsync();
        await using var shop = await Website.ShopAsync(server);
        var mia = await server.AdminAsync(name: Polyglot);
        var visitor = await PersonAsync();
        await visitor.GotoAsync(shop.Origin);
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        await visitor.EvaluateAsync("LeanChat('open')");
        await visitor.GetByRole(AriaRole.Textbox).FillAsync("Hello");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".log")).ToContainTextAsync(new Regex("Sent|Seen"));
        var same = new Visitor(server) { Token = await visitor.EvaluateAsync<string>("localStorage.getItem('leanchat:token')") };
        var chatId = (string)(await mia.ListAsync())[0]!["id"]!;
        var owner = await PersonAsync();
        await owner.Context.AddCookiesAsync(
            [new Cookie { Name = "leanchat_admin", Value = mia.Cookie["leanchat_admin=".Length..], Url = server.Origin }]);
        await owner.GotoAsync($"{server.Origin}/admin");
        await owner.Locator("#rows .row").First.ClickAsync();
        await Expect(owner.Locator("#log .m")).ToHaveCountAsync(1);

        // The sides take turns, so that each kind of bubble gets each kind of text.
        var said = new List<string> { "Hello" };
        foreach (var payload in Payloads.All)
        {
            (said.Count % 2 == 0 ? await same.PostAsync(payload) : await mia.ReplyAsync(chatId, payload)).Status.Should().Be(201, payload);
            said.Add(payload);
        }

        var inWidget = await ShownAsync(visitor, ".log .bubble", said.Count + 1);
        inWidget.Skip(1).Should().Equal(said, "the first is the greeting");
        var inDashboard = await ShownAsync(owner, "#log .m", said.Count);
        for (var each = 0; each < said.Count; each++)
            inDashboard[each].Should().Contain(said[each]);
        await Expect(visitor.Locator(".log").First).ToContainTextAsync(Polyglot, new() { UseInnerText = false });
        await NothingRanAsync(visitor, ".log");
        await NothingRanAsync(owner, "#log", "#rows");

        // From history as well, not only as it comes.
        await visitor.ReloadAsync();
        await visitor.EvaluateAsync("LeanChat('open')");
        await Expect(visitor.Locator(".log .bubble").Last).ToHaveTextAsync(said[^1]);
        await owner.ReloadAsync();
        await Expect(owner.Locator("#log .m").Last).ToContainTextAsync(said[^1]);
        await NothingRanAsync(visitor, ".log");
        await NothingRanAsync(owner, "#log", "#rows");
    }

    [BrowserFact]
    public async Task No_name_page_or_preview_runs_in_the_list_the_title_or_a_notification()
    {
        await using var server = await StartAsync();
        var mia = await server.AdminAsync();
        var owner = await PersonAsync();
        await owner.Context.AddInitScriptAsync(
            """
            window.notes = [];
            window.Notification = class {
              static permission = 'granted';
              constructor(title, { body }) { window.notes.push(title + ' / ' + body); }
              close() {}
            };
            Document.prototype.hasFocus = () => false;
            """);
        await owner.Context.AddCookiesAsync(
            [new Cookie { Name = "leanchat_admin", Value = mia.Cookie["leanchat_admin=".Length..], Url = server.Origin }]);
        await owner.GotoAsync($"{server.Origin}/admin");
        await Expect(owner.Locator("#set-b")).ToBeVisibleAsync();
        await Eventually.IsTrueAsync(() => server.Hub.HasListeners(Chats.Presence.AdminTopic));
        var jo = await server.VisitorAsync();
        await using var line = await jo.OpenAsync();
        var names = Payloads.All.Select(OneLine).Distinct().ToList();

        foreach (var name in names)
        {
            server.Clock.Advance(TimeSpan.FromSeconds(1));
            (await jo.IdentifyAsync(new { name })).Status.Should().Be(200, name);
            await line.SayAsync(new
            {
                action = "page",
                url = "https://shop.example/?" + Uri.EscapeDataString(name),
                title = name,
                referrer = "https://x.example/#" + Uri.EscapeDataString(name),
            });
            (await jo.PostAsync(name)).Status.Should().Be(201, name);
            var note = $"{name} / {name}";
            // The dashboard has heard of it when it notifies; the row shows it by then.
            await owner.WaitForFunctionAsync("note => notes.at(-1) === note", note, new() { Timeout = 30_000 });
            if (names.IndexOf(name) == 0)
                await owner.Locator("#rows .row").First.ClickAsync();
            await owner.WaitForFunctionAsync(
                """
                name => document.querySelector('#rows .nm').textContent.includes(name)
                  && document.querySelector('#rows .pv').textContent === name
                  && document.title.endsWith(`${name} – LeanChat`)
                """, name);
        }

        (await owner.EvaluateAsync<string[]>("notes")).Should().Equal(names.Select(name => $"{name} / {name}"));
        await NothingRanAsync(owner, "#rows", "#log", "body > *:not(script):not(style)");
    }

    [Fact]
    public async Task No_message_or_name_is_markup_in_a_letter()
    {
        await using var post = MailServer.Start();
        await using var server = await LeanChatServer.StartAsync(
            [.. post.Settings, "Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0", "Mail:MostPerHour=1000"]);
        var mia = await server.AdminAsync();
        string[]? tags = null;
        var payloads = Payloads.All.Prepend("Harmless").ToList();
        var visitors = new Dictionary<string, string>();
        for (var each = 0; each < payloads.Count; each++)
        {
            var visitor = await server.VisitorAsync();
            (await visitor.IdentifyAsync(new { name = OneLine(payloads[each]), email = $"p{each}@example.org" })).Status.Should().Be(200);
            visitors.Add($"p{each}@example.org", payloads[each]);
            (await mia.ReplyAsync(visitor.ChatId, payloads[each])).Status.Should().Be(201);
        }

        server.Clock.Advance(TimeSpan.FromMinutes(5));
        for (var each = 0; each < payloads.Count; each++)
        {
            var letter = await post.ReceiveAsync();
            var said = visitors[letter.To.Single()];
            System.Net.WebUtility.HtmlDecode(letter.Html).Should().Contain(said);
            letter.Text.Should().Contain(said);
            letter.Subject.Should().NotContainAny("\r", "\n");
            // The same elements with the same attributes as when nothing strange is said, whatever is in it.
            var own = Tags().Matches(letter.Html).Select(tag => Values().Replace(tag.Value, "=")).ToArray();
            own.Should().Equal(tags ??= own, said);
        }
    }

    private static Task<LeanChatServer> StartAsync() =>
        LeanChatServer.StartAsync("AppName=Oak & Ash", "Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0");

    /// <summary>A page that tells of everything that no text may cause.</summary>
    private async Task<IPage> PersonAsync()
    {
        var page = await browser.PersonAsync();
        page.Dialog += (_, dialog) =>
        {
            _alarms.Add("a dialogue: " + dialog.Message);
            _ = dialog.DismissAsync();
        };
        page.Request += (_, request) =>
        {
            if (request.Url.Contains("evil.example", StringComparison.Ordinal) || request.Url.EndsWith("/x", StringComparison.Ordinal))
                _alarms.Add("a request: " + request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)
                || message.Text.Contains("TrustedHTML", StringComparison.Ordinal))
                _alarms.Add("the policy had to help: " + message.Text);
        };
        return page;
    }

    /// <summary>The text of each, once there are so many.</summary>
    private static async Task<IReadOnlyList<string>> ShownAsync(IPage page, string selector, int count)
    {
        await Expect(page.Locator(selector)).ToHaveCountAsync(count, new() { Timeout = 60_000 });
        return await page.Locator(selector).AllTextContentsAsync();
    }

    private async Task NothingRanAsync(IPage page, params string[] places)
    {
        (await page.EvaluateAsync<bool>("'hit' in window")).Should().BeFalse();
        (await page.TitleAsync()).Should().NotBe("hacked");
        _alarms.Should().BeEmpty();
        foreach (var place in places)
        {
            var made = await page.Locator(place).EvaluateAllAsync<string[]>(Survey);
            if (place.StartsWith("body", StringComparison.Ordinal))
                made.Should().NotContain([
                    "script", "iframe", "object", "embed", "base", "meta", "frameset", "marquee", "onerror", "onload", "javascript:",
                    "data:"]);
            else
                made.Should().BeSubsetOf(Own);
        }
    }

    /// <summary>What a name is made of: no tabs.</summary>
    private static string OneLine(string text) => text.Replace('\t', ' ');

    [GeneratedRegex("</?[a-zA-Z!][^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("=\"[^\"]*\"")]
    private static partial Regex Values();
}
