using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The React hook and the Vue composable of docs/, in a page of somebody's own, through a proxy of the same origin.</summary>
[Collection(BrowserStories.Name)]
public sealed class HookSpecs(Browser browser) : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync();
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync()
    {
        await browser.EverybodyLeavesAsync();
        await _server.DisposeAsync();
    }

    [ModulesTheory]
    [InlineData("react")]
    [InlineData("vue")]
    public async Task A_conversation_in_an_interface_of_ones_own(string framework)
    {
        await using var app = await OpenAsync(framework);
        var page = await VisitAsync(app);
        var chatId = await ChatIdAsync();
        await using (var open = await _mia.JoinAsync(chatId))
        {
            await SayAsync(page, "Do you ship to Malta?");
            ((string?)(await open.HearAsync("typing"))["by"]).Should().Be("user");
            await Expect(Lines(page)).ToHaveTextAsync(["sent: Do you ship to Malta?"]);
            await open.SayAsync(new { action = "mark_read" });
            await Expect(Lines(page)).ToHaveTextAsync(["seen: Do you ship to Malta?"]);
            await open.SayAsync(new { action = "typing" });
            await Expect(page.Locator("#typing")).ToHaveTextAsync("Mia is typing");
        }

        await _mia.ReplyAsync(chatId, "We do.");
        await Expect(Lines(page)).ToHaveTextAsync(["seen: Do you ship to Malta?", "sent: We do."]);
        await Expect(page.Locator("#unread")).ToHaveTextAsync("1");
        await Expect(page.Locator("#typing")).ToHaveTextAsync("");
        await page.Locator("#look").ClickAsync();
        await Expect(page.Locator("#unread")).ToHaveTextAsync("0");

        await page.ReloadAsync();
        await Expect(Lines(page)).ToHaveTextAsync(["seen: Do you ship to Malta?", "seen: We do."]);
        (await _server.QueryAsync("select count(*) from users")).Should().Equal("1");
        (await page.EvaluateAsync<string>("document.cookie + JSON.stringify(localStorage)"))
            .Should().Be("{}", "no script can read the session");
    }

    [ModulesTheory]
    [InlineData("react")]
    [InlineData("vue")]
    public async Task What_is_said_while_the_line_is_cut_arrives_once_and_in_order(string framework)
    {
        await using var app = await OpenAsync(framework);
        var page = await VisitAsync(app);
        await SayAsync(page, "One");
        await Expect(Lines(page)).ToHaveTextAsync(["sent: One"]);
        var chatId = await ChatIdAsync();

        // Stored, but the acknowledgement is lost with the line.
        app.Deaf = true;
        await SayAsync(page, "Two");
        await StoredAsync("Two");
        (app.Up, app.Deaf) = (false, false);
        app.Cut();
        await SayAsync(page, "Four");
        await Expect(Lines(page)).ToHaveTextAsync(["sent: One", "sending: Two", "sending: Four"]);
        await _mia.ReplyAsync(chatId, "Three");
        app.Up = true;
        await page.EvaluateAsync("dispatchEvent(new Event('online'))");

        await Expect(Lines(page)).ToHaveTextAsync(["sent: One", "sent: Two", "sent: Three", "sent: Four"], new() { Timeout = 30_000 });
        (await _server.QueryAsync("select content from support_messages order by seq")).Should().Equal("One", "Two", "Three", "Four");
        await SayAsync(page, "Five");
        await Expect(Lines(page).Last).ToHaveTextAsync("sent: Five");
    }

    [ModulesTheory]
    [InlineData("react")]
    [InlineData("vue")]
    public async Task Where_no_socket_gets_through_it_asks(string framework)
    {
        await using var app = await OpenAsync(framework);
        app.Sockets = false;
        var page = await VisitAsync(app, "online");
        await SayAsync(page, "One");
        await Expect(Lines(page)).ToHaveTextAsync(["sent: One"]);
        await _mia.ReplyAsync(await ChatIdAsync(), "Two");

        await Expect(Lines(page)).ToHaveTextAsync(["sent: One", "sent: Two"], new() { Timeout = 15_000 });
    }

    [ModulesTheory]
    [InlineData("react")]
    [InlineData("vue")]
    public async Task It_stops_for_who_is_blocked_and_says_what_was_refused(string framework)
    {
        await using var app = await OpenAsync(framework);
        var page = await VisitAsync(app);
        await SayAsync(page, new string('x', 5_001));
        await Expect(page.Locator("#lines li[data-error=content_too_long]")).ToHaveCountAsync(1);
        await SayAsync(page, "Still here");
        await Expect(Lines(page).First).ToHaveTextAsync("sent: Still here");

        await _mia.PostAsync($"/users/{(await _server.QueryAsync("select id from users")).Single()}/block");

        await Expect(page.Locator("#status")).ToHaveTextAsync("stopped");
    }

    private async Task<IPage> VisitAsync(HostApp app, string status = "online")
    {
        var page = await browser.PersonAsync();
        await page.GotoAsync(app.Origin + "/");
        await Expect(page.Locator("#status")).ToHaveTextAsync(status, new() { Timeout = 30_000 });
        return page;
    }

    private static ILocator Lines(IPage page) => page.Locator("#lines li");

    private static async Task SayAsync(IPage page, string text)
    {
        await page.Locator("#text").FillAsync(text);
        await page.Locator("#send").ClickAsync();
    }

    /// <summary>Until the server has it on disk; the page cannot know.</summary>
    private Task StoredAsync(string content) => Eventually.IsTrueAsync(async () =>
        (await _server.QueryAsync("select content from support_messages")).Contains(content));

    private async Task<string> ChatIdAsync() => (await _server.QueryAsync("select id from support_chats")).Single();

    private Task<HostApp> OpenAsync(string framework)
    {
        var pages = new Dictionary<string, (string, string)>
        {
            ["/"] = ("text/html", framework == "react" ? ReactPage : VuePage),
            ["/favicon.ico"] = ("image/x-icon", ""),
        };
        if (framework == "react")
        {
            pages["/npm/react.js"] = ("text/javascript", Modules.Read("react-18.3.1", "umd/react.development.js"));
            pages["/npm/react-dom.js"] = ("text/javascript", Modules.Read("react-dom-18.3.1", "umd/react-dom.development.js"));
            pages["/npm/react-module.js"] = (
                "text/javascript",
                "export const { createElement, StrictMode, useEffect, useMemo, useState, useSyncExternalStore } = window.React;");
        }
        else
        {
            pages["/npm/vue.js"] = ("text/javascript", Modules.Read("vue-3.5.13", "dist/vue.esm-browser.prod.js"));
        }

        return HostApp.OpenAsync(_server, pages);
    }

    private const string ReactPage = """
        <!doctype html><html lang="en"><title>Shop</title><div id="app"></div>
        <script src="/npm/react.js"></script><script src="/npm/react-dom.js"></script>
        <script type="importmap">{"imports": {"react": "/npm/react-module.js"}}</script>
        <script type="module">
        import { createElement as h, StrictMode, useState } from 'react';
        import { useSupportChat } from '/docs/react/useSupportChat.js';

        function Support() {
          const chat = useSupportChat(), [text, setText] = useState('');
          return h('main', null,
            h('p', { id: 'status' }, chat.status), h('p', { id: 'unread' }, chat.unread),
            h('p', { id: 'typing' }, chat.adminTyping ? `${chat.adminName} is typing` : ''),
            h('ul', { id: 'lines' }, chat.lines.map(line =>
              h('li', { key: line.key, 'data-error': line.error }, `${line.state}: ${line.content}`))),
            h('input', { id: 'text', value: text, onChange: e => { setText(e.target.value); chat.typing(); } }),
            h('button', { id: 'send', onClick: () => { chat.send(text); setText(''); } }, 'Send'),
            h('button', { id: 'look', onClick: chat.markRead }, 'Seen'));
        }
        ReactDOM.createRoot(document.getElementById('app')).render(h(StrictMode, null, h(Support)));
        </script></html>
        """;

    private const string VuePage = """
        <!doctype html><html lang="en"><title>Shop</title><div id="app"></div>
        <script type="importmap">{"imports": {"vue": "/npm/vue.js"}}</script>
        <script type="module">
        import { createApp, h, ref } from 'vue';
        import { useSupportChat } from '/docs/vue/useSupportChat.js';

        createApp({
          setup() {
            const chat = useSupportChat(), text = ref('');
            return () => h('main', [
              h('p', { id: 'status' }, chat.status.value), h('p', { id: 'unread' }, chat.unread.value),
              h('p', { id: 'typing' }, chat.adminTyping.value ? `${chat.adminName.value} is typing` : ''),
              h('ul', { id: 'lines' }, chat.lines.value.map(line =>
                h('li', { key: line.key, 'data-error': line.error }, `${line.state}: ${line.content}`))),
              h('input', { id: 'text', value: text.value, onInput: e => { text.value = e.target.value; chat.typing(); } }),
              h('button', { id: 'send', onClick: () => { chat.send(text.value); text.value = ''; } }, 'Send'),
              h('button', { id: 'look', onClick: chat.markRead }, 'Seen')]);
          },
        }).mount('#app');
        </script></html>
        """;
}
