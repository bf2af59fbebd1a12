using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Pages that hold on to the visitor: modal dialogs, focus traps, shortcuts, transforms, no document type.</summary>
public sealed class WidgetPageSpecs(Browser browser) : WidgetStories(browser)
{
    private const string Host = "document.querySelector('lean-chat')";

    [BrowserTheory]
    [InlineData("")]
    [InlineData("position:fixed;top:50%;left:50%;margin:0;transform:translate(-50%,-50%)")]
    public async Task Beside_a_modal_dialog_the_chat_opens_and_takes_words(string style)
    {
        var visitor = await OnAsync(
            $"""<button id="o" onclick="d.showModal()">Open</button><dialog id="d" style="{style}"><input id="i"><p>Modal</p></dialog>""");
        await visitor.Locator("#o").ClickAsync();
        await Expect(visitor.Locator("#d lean-chat")).ToHaveCountAsync(1);
        await visitor.Locator(".launcher").ClickAsync();
        await SayAsync(visitor, "From beside the dialog");
        (await visitor.Locator(".launcher").BoundingBoxAsync()).Should().BeEquivalentTo(new { X = 1204f, Y = 684f });
        await visitor.Locator("textarea").FillAsync("half a");

        await visitor.Keyboard.PressAsync("Escape");
        (await visitor.EvaluateAsync<bool>("d.open")).Should().BeTrue("Escape in the chat closes the chat");
        await Expect(visitor.Locator(".panel")).ToBeHiddenAsync();
        await visitor.EvaluateAsync("d.close()");
        await visitor.WaitForFunctionAsync($"() => {Host}.parentNode === document.documentElement");
        await visitor.Locator(".launcher").ClickAsync();

        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("half a");
        await SayAsync(visitor, "And after it");
    }

    [BrowserTheory]
    [InlineData("d.close()")]
    [InlineData("d.remove()")]
    [InlineData("d.parentNode.replaceChildren()")]
    public async Task Whatever_becomes_of_the_dialog_the_chat_stays(string end)
    {
        var visitor = await OnAsync("""<div><dialog id="d"><input></dialog></div><script>d.showModal()</script>""");
        await visitor.Locator(".launcher").ClickAsync();
        await visitor.Locator("textarea").FillAsync("half a");

        await visitor.EvaluateAsync(end);

        await visitor.WaitForFunctionAsync($"() => {Host}?.parentNode === document.documentElement");
        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("half a");
        await Expect(visitor.Locator("textarea")).ToBeFocusedAsync();
        await SayAsync(visitor, "Still here");
    }

    [BrowserFact]
    public async Task A_dialog_in_a_shadow_tree_and_one_upon_another_do_not_shut_it_out()
    {
        var visitor = await OnAsync("""
            <dialog id="one"><input></dialog><dialog id="two"><input></dialog><my-dialog></my-dialog>
            <script>
            customElements.define('my-dialog', class extends HTMLElement {
              connectedCallback() {
                const root = this.attachShadow({ mode: 'open' });
                window.three = document.createElement('dialog');
                three.append(document.createElement('input'));
                root.append(three);
              }
            })
            </script>
            """);
        await visitor.EvaluateAsync("two.showModal(); one.showModal()");
        await Expect(visitor.Locator("#one lean-chat")).ToHaveCountAsync(1);
        await visitor.Locator(".launcher").ClickAsync();
        await SayAsync(visitor, "In the upper one");
        await visitor.EvaluateAsync("one.close()");
        await Expect(visitor.Locator("#two lean-chat")).ToHaveCountAsync(1);
        await SayAsync(visitor, "In the lower one");
        await visitor.EvaluateAsync("two.close(); three.showModal()");
        await visitor.WaitForFunctionAsync("() => three.querySelector('lean-chat')");
        await SayAsync(visitor, "In the hidden one");
    }

    [BrowserTheory]
    [InlineData("html{transform:translateZ(0)}", "")]
    [InlineData("html{transform:scale(.9)}", "")]
    [InlineData("html{will-change:transform}body{filter:blur(1px)}", "")]
    [InlineData("html{transform:translateZ(0)}", "delete HTMLElement.prototype.showPopover")]
    public async Task On_a_page_that_is_transformed_it_stands_in_its_corner(string css, string gone)
    {
        var visitor = await OnAsync("<div style='height:3000px'>Tall</div>", $"<style>{css}</style><script>{gone}</script>");
        await visitor.EvaluateAsync("scrollTo(0, 500)");
        await Eventually.IsTrueAsync(async () => await visitor.Locator(".launcher").BoundingBoxAsync() is { X: 1204, Y: 684 });
        await visitor.Locator(".launcher").ClickAsync();
        await SayAsync(visitor, "Seen");
        await visitor.EvaluateAsync("document.documentElement.style.cssText = 'transform:none!important;will-change:auto!important'");
        await Eventually.IsTrueAsync(async () => await visitor.Locator(".launcher").BoundingBoxAsync() is { X: 1204, Y: 684 });
        (await visitor.EvaluateAsync<bool>($"{Shadow}.querySelector('.lc').hasAttribute('popover')"))
            .Should().BeFalse("where it need not be it is not above a consent banner");
    }

    [BrowserTheory]
    [InlineData("document.addEventListener('keydown', take, true)")]
    [InlineData("addEventListener('keydown', take, true)")]
    [InlineData("addEventListener('keydown', e => { if (!e.target.isContentEditable) { take(e); e.stopImmediatePropagation(); } }, true)")]
    public async Task No_shortcut_of_the_page_takes_a_letter(string listen)
    {
        var visitor = await OnAsync($$"""
            <input id="search"><script>
            function take(e) {
              if (/[fis/]/.test(e.key) && !/INPUT|TEXTAREA/.test(e.target.tagName)) { e.preventDefault(); search.focus(); }
            }
            {{listen}}
            </script>
            """);
        await visitor.Locator(".launcher").ClickAsync();
        await visitor.Locator("textarea").ClickAsync();

        await visitor.Keyboard.TypeAsync("fish sauce /s");

        await Expect(visitor.Locator("textarea")).ToHaveValueAsync("fish sauce /s");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".msg.me.sent .bubble")).ToHaveTextAsync("fish sauce /s");
        await visitor.EvaluateAsync("LeanChat('close'); document.activeElement.blur()");
        await visitor.Keyboard.PressAsync("/");
        (await visitor.EvaluateAsync<string>("document.activeElement.id"))
            .Should().Be("search", "outside the chat the page keeps its shortcuts");
    }

    [BrowserFact]
    public async Task A_focus_trap_lets_the_visitor_write()
    {
        var visitor = await OnAsync("""
            <div id="m" role="dialog" aria-modal="true"><input id="i"></div>
            <script>
            i.focus();
            document.addEventListener('focusin', e => { if (!m.contains(e.target)) { e.stopImmediatePropagation(); i.focus(); } }, true);
            document.addEventListener('focusout', e => { if (e.relatedTarget && !m.contains(e.relatedTarget)) i.focus(); });
            for (const type of ['pointerdown', 'mousedown', 'touchstart', 'click'])
              document.addEventListener(type, e => {
                if (!m.contains(e.target)) { e.preventDefault(); e.stopImmediatePropagation(); }
              }, true);
            </script>
            """);

        await visitor.Locator(".launcher").ClickAsync();
        await visitor.Locator("textarea").ClickAsync();
        await visitor.Keyboard.TypeAsync("Trapped?");
        await visitor.Keyboard.PressAsync("Enter");

        await Expect(visitor.Locator(".msg.me.sent .bubble")).ToHaveTextAsync("Trapped?");
    }

    [BrowserFact]
    public async Task Without_a_document_type_it_looks_the_same()
    {
        var visitor = await PersonAsync();
        await visitor.GotoAsync((await PageAsync($"""
            <html lang="en"><title>Shop</title><link rel="icon" href="data:,"><body><h1>Shop</h1>
            <script async src="{Server.Origin}/widget.js" data-open></script>
            """)).Origin);
        (await visitor.EvaluateAsync<string>("document.compatMode")).Should().Be("BackCompat");
        await SayAsync(visitor, "Quirks");
        var plain = await VisitAsync("data-open");
        await SayAsync(plain, "Quirks");

        (await visitor.EvaluateAsync<string[]>(Measure)).Except(await plain.EvaluateAsync<string[]>(Measure)).Should().BeEmpty();
    }

    private async Task<IPage> OnAsync(string body, string head = "")
    {
        var visitor = await PersonAsync();
        await visitor.GotoAsync((await PageAsync(Html(body + Tag, head))).Origin);
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        return visitor;
    }
}
