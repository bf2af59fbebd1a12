using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Pages whose libraries have replaced the browser's built-ins.</summary>
public sealed class WidgetPatchedPageSpecs(Browser browser) : WidgetStories(browser)
{
    private protected override bool DrawingMayFail => _patched;

    private bool _patched;

    [DebianTheory]
    [InlineData(Debian.Prototype)]
    [InlineData(Debian.MooTools)]
    [InlineData(Debian.MooTools, Debian.MooToolsMore)]
    public async Task A_library_of_old_is_no_hindrance(params string[] libraries)
    {
        var mia = await Server.AdminAsync();
        var files = libraries.ToDictionary(path => "/" + path, Debian.Read);
        var tags = string.Concat(files.Keys.Select(path => $"<script src={path}></script>"));
        var site = await PageAsync(Html(Tag, tags), files: files);
        var visitor = await PersonAsync();
        var errors = Errors(visitor);
        await visitor.GotoAsync(site.Origin);
        await visitor.Locator(".launcher").ClickAsync();

        await SayAsync(visitor, "Is \"this\" [there], {too}?");
        await mia.ReplyAsync(await ChatIdAsync(mia), "It is");
        await Expect(visitor.Locator(".msg.them .bubble").Last).ToHaveTextAsync("It is");
        await visitor.ReloadAsync();
        await visitor.Locator(".launcher").ClickAsync();

        await Expect(visitor.Locator(".msg .bubble")).ToHaveTextAsync(["Hi! How can we help?", "Is \"this\" [there], {too}?", "It is"]);
        (await Server.QueryAsync("select content from support_messages order by seq"))
            .Should().Equal("Is \"this\" [there], {too}?", "It is");
        errors.Should().BeEmpty();
    }

    [BrowserTheory]
    [InlineData(
        "{ Array.from = what => !what ? [] : 'toArray' in Object(what) ? what.toArray() : Array.prototype.slice.call(what); "
        + "const all = Array.prototype; all.entries = all.toArray = function () { return [...this]; }; "
        + "all.toJSON = function () { return '[' + this.map(JSON.stringify).join(', ') + ']'; }; Object.prototype.toJSON = undefined; }")]
    [InlineData("Array.prototype.toJSON = Object.prototype.toJSON = String.prototype.toJSON = () => 'patched'")]
    [InlineData(
        "Element.prototype.remove = Element.prototype.append = "
        + "Element.prototype.replaceChildren = function () { throw new Error('patched'); }")]
    [InlineData("Array.prototype.each = Array.prototype.clone = function () {}; Object.prototype.isNothing = () => false")]
    public async Task A_built_in_that_was_replaced_beforehand_changes_nothing(string patch)
    {
        var visitor = await VisitAsync("data-open", head: $"<script>{patch}</script>");

        await TapAsync(visitor, "one");
        await TapAsync(visitor, "two");

        await Expect(visitor.Locator(".msg .bubble")).ToHaveTextAsync(["Hi! How can we help?", "one", "two"]);
        (await Server.QueryAsync("select content from support_messages order by seq")).Should().Equal("one", "two");
    }

    /// <summary>Nothing can be drawn while it is sent: all that drawing needs throws, from the click until the message has
    /// arrived.</summary>
    [BrowserFact]
    public async Task What_was_typed_leaves_whatever_fails_in_drawing()
    {
        _patched = true;
        var visitor = await VisitAsync("data-open");
        await visitor.Locator("textarea").FillAsync("Before anything is drawn");
        await visitor.EvaluateAsync($$"""
            () => { setTimeout(() => {
              const saved = [], later = setTimeout, hit = HTMLElement.prototype.click;
              const define = Object.defineProperty, names = Object.getOwnPropertyNames, describe = Object.getOwnPropertyDescriptor;
              const send = {{Shadow}}.querySelector('.send');
              for (const of of [
                Array, Array.prototype, Map.prototype, Set.prototype, Object, Intl, Promise, Element.prototype, Node.prototype,
                Document.prototype, CSSStyleDeclaration.prototype, DOMTokenList.prototype])
                for (const name of names(of))
                  if (name !== 'constructor' && typeof describe(of, name).value === 'function')
                    saved[saved.length] = [of, name, describe(of, name)];
              for (let i = 0; i < saved.length; i++)
                define(saved[i][0], saved[i][1], { configurable: true, writable: true, value() { throw new Error('patched'); } });
              hit.call(send);
              later(() => {
                for (let i = 0; i < saved.length; i++) define(saved[i][0], saved[i][1], saved[i][2]);
                window.mended = true;
              }, 5000);
            }, 50); }
            """);

        await Eventually.IsTrueAsync(
            async () => (await Server.QueryAsync("select content from support_messages")).SequenceEqual(["Before anything is drawn"]));
        // What asks the page needs built-ins itself.
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                return await visitor.EvaluateAsync<bool>("window.mended === true");
            }
            catch (PlaywrightException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(30));
        await TapAsync(visitor, "And afterwards");
        await Expect(visitor.Locator(".msg.me .bubble")).ToHaveTextAsync(["Before anything is drawn", "And afterwards"]);
    }
}
