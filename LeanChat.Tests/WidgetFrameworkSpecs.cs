using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Frameworks that swap the body or take the whole document over, each with its own unmodified script.</summary>
public sealed class WidgetFrameworkSpecs(Browser browser) : WidgetStories(browser)
{
    private const string State = """
        JSON.stringify([document.body.inert, document.body.hasAttribute('inert'), document.documentElement.style.overflow,
          document.documentElement.hasAttribute('style'), document.querySelectorAll('lean-chat').length])
        """;
    private const string Free = "[false,false,\"\",false,1]";
    private const string Covered = "[true,true,\"hidden\",true,1]";

    [ModulesTheory]
    [InlineData("hotwired-turbo-7.3.0")]
    [InlineData("hotwired-turbo-8.0.12")]
    public async Task Turbo_restores_no_page_that_the_chat_had_covered(string package)
    {
        var files = new Dictionary<string, string> { ["/turbo.js"] = Modules.Read(package, "dist/turbo.es2017-umd.js") };
        foreach (var page in (string[])["one", "two"])
            files["/" + page] = Page(
                $"""<script src="/turbo.js"></script>""", $"""<p>Page {page}</p><a href="/one">one</a> <a href="/two">two</a>""");
        var visitor = await PersonAsync(390, 844, phone: true);
        await visitor.GotoAsync((await PageAsync("", files: files)).Origin + "/one");
        await visitor.Locator("a", new() { HasText = "two" }).TapAsync();
        await Expect(visitor.GetByText("Page two")).ToBeVisibleAsync();
        await visitor.Locator(".launcher").TapAsync();
        await StateAsync(Covered);

        await visitor.GoBackAsync();
        await Expect(visitor.GetByText("Page one")).ToBeAttachedAsync();
        await StateAsync(Covered);
        await visitor.Locator(".close").TapAsync();
        await StateAsync(Free);
        await visitor.GoForwardAsync();
        await Expect(visitor.GetByText("Page two")).ToBeVisibleAsync();
        await StateAsync(Free);
        await visitor.Locator("a", new() { HasText = "one" }).TapAsync();
        await Expect(visitor.GetByText("Page one")).ToBeVisibleAsync();
        await visitor.Locator(".launcher").TapAsync();
        await visitor.Locator("textarea").FillAsync("From page one");
        await visitor.Locator(".send").TapAsync();
        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);

        Task StateAsync(string state) => Eventually.IsTrueAsync(async () => await visitor.EvaluateAsync<string>(State) == state);
    }

    [BrowserFact]
    public async Task A_copy_of_a_covered_page_is_put_right_and_a_new_body_is_covered()
    {
        var visitor = await VisitAsync("", width: 390, height: 844, phone: true);
        await visitor.EvaluateAsync("document.title = 'Mine'; document.documentElement.style.overflow = 'scroll'");
        await visitor.Locator(".launcher").TapAsync();
        await visitor.EvaluateAsync("window.copy = document.body.cloneNode(true); document.body = document.createElement('body')");
        await Eventually.IsTrueAsync(() => visitor.EvaluateAsync<bool>(
            "document.body.inert && document.documentElement.style.overflow === 'hidden'"));
        await visitor.Locator(".close").TapAsync();

        await visitor.EvaluateAsync("document.body = copy");

        await Eventually.IsTrueAsync(() => visitor.EvaluateAsync<bool>(
            """
            !document.body.inert && !document.body.hasAttribute('inert')
              && document.documentElement.style.overflow === 'scroll' && document.title === 'Mine'
            """));
        await visitor.EvaluateAsync("document.body.inert = true");
        await visitor.EvaluateAsync("LeanChat('open'); LeanChat('close')");
        (await visitor.EvaluateAsync<bool>("document.body.inert")).Should().BeTrue("what the page has set stays");
    }

    [ModulesTheory]
    [InlineData("htmx.org-2.0.4")]
    public async Task Htmx_swaps_the_body_and_half_a_thought_stays(string package)
    {
        var files = new Dictionary<string, string> { ["/htmx.js"] = Modules.Read(package, "dist/htmx.js") };
        foreach (var (page, other) in ((string, string)[])[("one", "two"), ("two", "one")])
            files["/" + page] = Page(
                """<script src="/htmx.js"></script>""", $"""<p>Page {page}</p><a href="/{other}" hx-boost="true">{other}</a>""");
        var visitor = await PersonAsync();
        await visitor.GotoAsync((await PageAsync("", files: files)).Origin + "/one");
        await visitor.Locator(".launcher").ClickAsync();
        await visitor.Locator("textarea").FillAsync("half a");
        await visitor.Locator("a", new() { HasText = "two" }).ClickAsync();
        await Expect(visitor.GetByText("Page two")).ToBeVisibleAsync();
        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("half a");
        await SayAsync(visitor, "On page two");
        await visitor.GoBackAsync();
        await Expect(visitor.GetByText("Page one")).ToBeVisibleAsync();
        await SayAsync(visitor, "On page one");
        await Expect(visitor.Locator("lean-chat")).ToHaveCountAsync(1);
    }

    [ModulesTheory]
    [InlineData(18, "early")]
    [InlineData(18, "late")]
    [InlineData(18, "open")]
    [InlineData(19, "early")]
    [InlineData(19, "late")]
    [InlineData(19, "open")]
    public async Task React_takes_over_the_whole_document_and_loses_nothing(int version, string when)
    {
        var library = version == 19
            ? Modules.React19()
            : Modules.Read("react-18.3.1", "umd/react.production.min.js") + ";"
                + Modules.Read("react-dom-18.3.1", "umd/react-dom.production.min.js");
        const string app = """
            ;const e = React.createElement;
            function Shop() {
              const [n, more] = React.useState(0);
              return e('html', { lang: 'en' },
                e('head', null, e('title', null, 'Shop')),
                e('body', null,
                  e('h1', null, 'Shop'),
                  e('input', { id: 'search' }),
                  e('button', { id: 'more', onClick: () => more(n + 1) }, 'Clicked ' + n)));
            }
            window.troubles = [];
            window.hydrate = () => ReactDOM.hydrateRoot(document, e(Shop), { onRecoverableError: error => troubles.push(error.message) });
            """;
        var visitor = await PersonAsync();
        var site = await PageAsync(
            """<!doctype html><html lang="en"><head><title>Shop</title></head>"""
            + """<body><h1>Shop</h1><input id="search"/><button id="more">Clicked 0</button></body></html>""",
            files: new Dictionary<string, string> { ["/app.js"] = library + app });
        await visitor.GotoAsync(site.Origin);
        await RunAsync("/app.js");
        if (when == "early")
            await visitor.EvaluateAsync("hydrate()");
        await RunAsync(Server.Origin + "/widget.js");
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        await visitor.Locator("#search").FillAsync("oak");
        await visitor.EvaluateAsync("document.getElementById('search').known = true");
        if (when == "open")
        {
            await visitor.Locator(".launcher").ClickAsync();
            await SayAsync(visitor, "Before it is taken over");
            await visitor.Locator("textarea").FillAsync("half a");
        }

        if (when != "early")
            await visitor.EvaluateAsync("hydrate()");
        await Eventually.IsTrueAsync(() => visitor.EvaluateAsync<bool>(
            "Object.keys(document.documentElement).some(key => key.startsWith('__reactFiber'))"));
        await visitor.Locator("#more").ClickAsync();
        await Expect(visitor.Locator("#more")).ToHaveTextAsync("Clicked 1");

        (await visitor.EvaluateAsync<string[]>("troubles")).Should().BeEmpty();
        (await visitor.EvaluateAsync<bool>("document.getElementById('search').known === true"))
            .Should().BeTrue("the page was not drawn anew");
        await Expect(visitor.Locator("#search")).ToHaveValueAsync("oak");
        await Expect(visitor.Locator("lean-chat")).ToHaveCountAsync(1);
        (await visitor.EvaluateAsync<int>("document.querySelector('lean-chat').nodeType")).Should().Be(1);
        if (when == "open")
            await Expect(visitor.Locator("textarea")).ToHaveValueAsync("half a");
        else
            await visitor.Locator(".launcher").ClickAsync();
        await SayAsync(visitor, "And after");

        // The tag goes again: in the page of the server there was none.
        Task RunAsync(string url) => visitor.EvaluateAsync(
            """
            src => new Promise(done => {
              const tag = Object.assign(document.createElement('script'), { src, onload: () => { tag.remove(); done(); } });
              document.head.append(tag);
            })
            """, url);
    }

    private string Page(string head, string body) =>
        Html(body, $"""<meta name="viewport" content="width=device-width,initial-scale=1">{head}{Tag}""");
}
