using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>What every story of the widget needs: a server, websites that include it, people who visit them.</summary>
[Collection(BrowserStories.Name)]
public abstract class WidgetStories(Browser browser) : IAsyncLifetime
{
    private protected const string Shadow = "document.querySelector('lean-chat').shadowRoot";

    /// <summary>How the parts of the chat look: every property of each, but for those that it names itself.</summary>
    private protected const string Measure = $$"""
        () => ['.launcher', '.panel', '.head', '.status', '.log', '.bubble', 'textarea', '.send'].flatMap(name => {
          const style = getComputedStyle({{Shadow}}.querySelector(name));
          return [...style].filter(p => !p.startsWith('--')).map(p => `${name} ${p}: ${style.getPropertyValue(p)}`);
        })
        """;

    private readonly List<Website> _sites = [];
    private readonly List<string> _complaints = [];

    private protected LeanChatServer Server { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0", "IdentitySecret=" + Host.Secret);

    public async Task DisposeAsync()
    {
        await browser.EverybodyLeavesAsync();
        foreach (var site in _sites)
            await site.DisposeAsync();
        await Server.DisposeAsync();
        // What drawing catches so that words leave all the same would be seen by nobody here.
        if (!DrawingMayFail)
            _complaints.Should().BeEmpty();
    }

    /// <summary>Nobody has used a dashboard for five minutes: visitors are told that nobody is there.</summary>
    private protected void AdminsLeave() => Server.Clock.Advance(TimeSpan.FromMinutes(5));

    /// <summary>Whether the page of these stories keeps the widget from drawing.</summary>
    private protected virtual bool DrawingMayFail => false;

    private protected async Task<Website> PageAsync(string html, string? csp = null, IReadOnlyDictionary<string, string>? files = null)
    {
        var site = await Website.OpenAsync(html, csp, files);
        _sites.Add(site);
        return site;
    }

    /// <summary>What went wrong in the page and was caught by nobody.</summary>
    private protected static List<string> Errors(IPage page)
    {
        var all = new List<string>();
        page.PageError += (_, error) => all.Add(error);
        return all;
    }

    /// <summary>The tag that an owner copies.</summary>
    private protected string Tag => $"""<script async src="{Server.Origin}/widget.js"></script>""";

    private protected static string Html(string body, string head = "") =>
        $"""
        <!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">{head}</head>
        <body><h1>Shop</h1>{body}</body></html>
        """;

    private protected async Task<Website> SiteAsync(
        string attributes, LeanChatServer? server = null, string head = "", string language = "en", string? csp = null)
    {
        return await PageAsync(
            $"""
            <!doctype html><html lang="{language}"><head><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>Shop</title><link rel="icon" href="data:,">{head}</head><body><main><h1>Shop</h1></main>
            <script async src="{(server ?? Server).Origin}/widget.js" {attributes}></script></body></html>
            """, csp);
    }

    private protected async Task<IPage> PersonAsync(int width = 1280, int height = 760, bool phone = false)
    {
        var person = await browser.PersonAsync(width, height, phone: phone);
        person.Console += (_, message) =>
        {
            if (message.Text.StartsWith("LeanChat:", StringComparison.Ordinal))
                _complaints.Add(message.Text);
        };
        return person;
    }

    private protected async Task<IPage> VisitAsync(
        string attributes, LeanChatServer? server = null, string head = "", int width = 1280, int height = 760, bool phone = false,
        bool visible = true, Func<IPage, Task>? before = null)
    {
        var visitor = await PersonAsync(width, height, phone);
        if (before is not null)
            await before(visitor);
        await visitor.GotoAsync((await SiteAsync(attributes, server, head)).Origin);
        if (visible)
        {
            await Expect(visitor.Locator(attributes.Contains("data-open", StringComparison.Ordinal) ? ".panel" : ".launcher"))
                .ToBeVisibleAsync();
            await AtRestAsync(visitor);
        }
        else
        {
            await Expect(visitor.Locator("lean-chat")).ToBeAttachedAsync();
            await AtRestAsync(visitor);
        }

        return visitor;
    }

    /// <summary>Until the panel has risen.</summary>
    private protected static Task AtRestAsync(IPage visitor) =>
        visitor.EvaluateAsync($"Promise.all({Shadow}.getAnimations().map(rise => rise.finished))");

    private protected List<string> Requests(IPage page)
    {
        var all = new List<string>();
        page.Request += (_, request) =>
        {
            if (request.Url.StartsWith(Server.Origin, StringComparison.Ordinal))
                all.Add(request.Url);
        };
        return all;
    }

    private protected static async Task TapAsync(IPage visitor, string text)
    {
        await visitor.Locator("textarea").FillAsync(text);
        await visitor.Locator(".send").ClickAsync();
        await Expect(visitor.Locator(".msg.me.sent .bubble").Last).ToHaveTextAsync(text);
    }

    private protected static async Task SayAsync(IPage visitor, string text, string sent = "Sent")
    {
        await visitor.Locator("textarea").FillAsync(text);
        await visitor.Locator("textarea").PressAsync("Enter");
        await Expect(visitor.Locator(".log")).ToContainTextAsync(text);
        await Expect(visitor.Locator(".msg.me.end .meta").Last).ToContainTextAsync(sent);
    }

    /// <summary>Until the server knows that the only visitor is there, or is not.</summary>
    private protected Task OnlineAsync(bool online) => Eventually.IsTrueAsync(async () =>
        Server.Get<Chats.Presence>().UserOnline((await Server.QueryAsync("select id from users"))[0]) == online);

    private protected static async Task<string> ChatIdAsync(Admin mia) => (string)(await mia.ListAsync())[0]!["id"]!;
}
