using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Browsers that lack what today's have: each thing taken away by itself, and the language of the script.</summary>
public sealed partial class WidgetOldBrowserSpecs(Browser browser) : WidgetStories(browser)
{
    private const string Looks = $$"""
        () => {
          const root = {{Shadow}}, style = (name, property) => getComputedStyle(root.querySelector(name))[property];
          const attribute = (name, value) => root.querySelector(name).getAttribute(value);
          return [
            style('.panel', 'backgroundColor'), style('.panel', 'color'), style('.panel', 'position'),
            style('.launcher', 'backgroundColor'), style('.launcher', 'color'), style('.me .bubble', 'backgroundColor'),
            attribute('.log', 'role'), attribute('.log', 'aria-label'), attribute('.panel', 'role'),
            attribute('.launcher', 'aria-expanded')].join();
        }
        """;

    [BrowserTheory]
    [InlineData("URL.canParse", "delete URL.canParse")]
    [InlineData("AbortSignal.any", "delete AbortSignal.any")]
    [InlineData("AbortSignal.timeout", "delete AbortSignal.timeout")]
    [InlineData("Intl.RelativeTimeFormat", "delete Intl.RelativeTimeFormat")]
    [InlineData("Intl.Segmenter", "delete Intl.Segmenter")]
    [InlineData(
        "constructable style sheets",
        "delete ShadowRoot.prototype.adoptedStyleSheets; delete CSSStyleSheet.prototype.replaceSync; "
        + "window.CSSStyleSheet = function () { throw new TypeError('Illegal constructor'); }")]
    [InlineData("visualViewport", "Object.defineProperty(window, 'visualViewport', { value: undefined })")]
    [InlineData("ResizeObserver", "delete window.ResizeObserver")]
    [InlineData("locks", "Object.defineProperty(navigator, 'locks', { value: undefined })")]
    [InlineData("userActivation", "Object.defineProperty(navigator, 'userActivation', { value: undefined })")]
    [InlineData("navigation", "Object.defineProperty(window, 'navigation', { value: undefined })")]
    [InlineData(
        "ARIA as properties",
        "for (const type of [Element, ShadowRoot]) for (const name of Object.getOwnPropertyNames(type.prototype)) "
        + "if (/^aria|^role$/.test(name)) delete type.prototype[name]")]
    [InlineData("inert", "delete HTMLElement.prototype.inert")]
    [InlineData("popover", "delete HTMLElement.prototype.showPopover; delete HTMLElement.prototype.popover")]
    [InlineData(":modal", """
        { const real = Element.prototype.matches;
          Element.prototype.matches = function (what) {
            if (/:modal|:popover/.test(what)) throw new DOMException('no', 'SyntaxError');
            return real.call(this, what);
          } }
        """)]
    [InlineData("randomUUID", "delete Crypto.prototype.randomUUID")]
    [InlineData(
        "methods since 2021",
        "delete Array.prototype.at; delete String.prototype.at; delete Array.prototype.findLast; delete Array.prototype.toSorted; "
        + "delete Object.hasOwn; delete Object.groupBy; delete window.structuredClone; delete String.prototype.replaceAll; "
        + "delete Element.prototype.moveBefore; delete Promise.any")]
    [InlineData("CSS since 2021", """
        { const real = CSSStyleSheet.prototype.replaceSync;
          const values = String.raw`light-dark|color-mix|color\(from|overflow:clip|\ddvh`;
          const properties = 'scale|translate|rotate|overscroll-behavior|accent-color';
          const since = new RegExp(String.raw`(?:^|[;{])\s*(?:[\w-]+:[^;{}]*(?:${values})[^;{}]*`
            + String.raw`|(?:${properties}):[^;{}]*|overflow:clip|overflow-wrap:anywhere)`, 'g');
          CSSStyleSheet.prototype.replaceSync = function (text) {
            return real.call(this, text.replace(since, found => found[0] === '{' ? '{' : ';'));
          } }
        """)]
    public async Task Without_it_the_chat_looks_right_and_works(string what, string gone)
    {
        var mia = await Server.AdminAsync();
        var whole = await VisitAsync("data-open data-color=#0a7");
        await SayAsync(whole, "As it looks");
        var errors = new List<string>();
        var visitor = await VisitAsync("data-open data-color=#0a7", before: async page =>
        {
            page.PageError += (_, error) => errors.Add(error);
            await page.AddInitScriptAsync(gone);
        });

        await SayAsync(visitor, "Hello from " + what);
        await mia.ReplyAsync(await ChatIdAsync(mia), "Hello to you");

        await Expect(visitor.Locator(".msg.them .bubble").Last).ToHaveTextAsync("Hello to you");
        await Expect(visitor.Locator(".day")).ToHaveCountAsync(1);
        (await visitor.EvaluateAsync<string>(Looks)).Should().Be(await whole.EvaluateAsync<string>(Looks));
        await visitor.EvaluateAsync("LeanChat('close')");
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        errors.Should().BeEmpty();
    }

    [BrowserTheory]
    [InlineData(ColorScheme.Dark, "auto", true)]
    [InlineData(ColorScheme.Light, "auto", false)]
    [InlineData(ColorScheme.Dark, "light", false)]
    [InlineData(ColorScheme.Light, "dark", true)]
    public async Task Dark_is_what_the_reader_or_the_owner_prefers(ColorScheme system, string theme, bool dark)
    {
        var visitor = await VisitAsync(
            $"data-open data-theme={theme}", before: page => page.EmulateMediaAsync(new() { ColorScheme = system }));

        await Expect(visitor.Locator(".panel")).ToHaveCSSAsync("background-color", dark ? "rgb(27, 26, 24)" : "rgb(255, 255, 255)");
        await visitor.EmulateMediaAsync(new() { ColorScheme = system == ColorScheme.Dark ? ColorScheme.Light : ColorScheme.Dark });
        await Expect(visitor.Locator(".panel"))
            .ToHaveCSSAsync("background-color", (theme == "auto" ? !dark : dark) ? "rgb(27, 26, 24)" : "rgb(255, 255, 255)");
    }

    [ModulesTheory]
    [InlineData(2022)]
    public async Task The_script_speaks_the_language_of_2021(int edition)
    {
        var script = (await Server.AskAsync(HttpMethod.Get, "/widget.js")).Text;
        Since2021().Matches(script).Select(match => match.Value).Should().BeEmpty();
        var site = await PageAsync(
            "<!doctype html><title>Reader</title>",
            files: new Dictionary<string, string> { ["/acorn.js"] = Modules.Read("acorn-8.15.0", "dist/acorn.js") });
        var reader = await PersonAsync();
        await reader.GotoAsync(site.Origin);
        await reader.AddScriptTagAsync(new() { Url = site.Origin + "/acorn.js" });

        // Of that edition Chrome 90 and Safari 15 have the private methods, not the static blocks and `#name in object`.
        var found = await reader.EvaluateAsync<string[]>(
            """
            ([script, ecmaVersion]) => {
              const found = [];
              (function walk(node) {
                if (!node || typeof node !== 'object') return;
                const hasPrivate = node.type === 'BinaryExpression' && node.left.type === 'PrivateIdentifier';
                if (node.type === 'StaticBlock' || hasPrivate) found.push(node.type);
                if (node.regex && /\(\?<[=!]/.test(node.regex.pattern)) found.push(node.raw);
                if (node.regex && /[vd]/.test(node.regex.flags)) found.push(node.raw);
                Object.values(node).forEach(part => Array.isArray(part) ? part.forEach(walk) : part?.type && walk(part));
              })(acorn.parse(script, { ecmaVersion }));
              return found;
            }
            """, new object[] { script, edition });

        found.Should().BeEmpty();
    }

    /// <summary>Names of the browser that are younger, and are not asked for before they are used.</summary>
    [GeneratedRegex(
        @"\.at\(|\.findLast|\.toSorted|\.toReversed|\.replaceAll\(|\bstructuredClone\b|\.hasOwn\(|\.randomUUID|AbortSignal\."
        + @"|\.groupBy\(|withResolvers|light-dark\(|color-mix\(|:has\(|\ddvh|@layer|@container|\binset-area")]
    private static partial Regex Since2021();
}
