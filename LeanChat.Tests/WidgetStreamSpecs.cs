using System.Text.RegularExpressions;
using LeanChat.Proof;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The widget where no WebSocket gets through: a proxy that refuses upgrades, and one that holds back streams, too.</summary>
[Collection(BrowserStories.Name)]
public sealed class WidgetStreamSpecs(Browser browser) : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Admin _mia = null!;
    private string _address = "";
    private int _port;

    public async Task InitializeAsync()
    {
        _port = Ports.Free();
        _address = $"https://localhost:{_port}";
        _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0");
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync()
    {
        await browser.EverybodyLeavesAsync();
        await _server.DisposeAsync();
    }

    [ProxyFact(RunningProxy.Nginx)]
    public async Task Behind_a_proxy_that_refuses_upgrades_it_hears_a_stream_and_does_not_poll()
    {
        await using var proxy = await StartAsync(NoUpgrade);
        var (visitor, requests) = await VisitAsync();
        await SayAsync(visitor, "Hello");
        await StreamingAsync(1);
        var chat = await ChatIdAsync();
        requests.Clear();

        for (var i = 1; i <= 20; i++)
            await _mia.ReplyAsync(chat, $"Reply {i}");

        await Expect(visitor.Locator(".log")).ToContainTextAsync("Reply 20", new() { Timeout = 3000 });
        await SayAsync(visitor, "Thanks");
        await Expect(visitor.Locator(".bubble")).ToHaveTextAsync(
            ["Hi! How can we help?", "Hello", .. Enumerable.Range(1, 20).Select(i => $"Reply {i}"), "Thanks"]);
        requests.Should().NotContain(url => url.Contains("/messages?after", StringComparison.Ordinal));

        // It comes back to it after a restart, too, and misses nothing.
        await _server.StopAsync();
        await _server.StartAgainAsync();
        await _mia.ReplyAsync(chat, "While the line was away");
        await Expect(visitor.Locator(".log")).ToContainTextAsync("While the line was away", new() { Timeout = 40_000 });
    }

    [ProxyFact(RunningProxy.Nginx)]
    public async Task Behind_a_proxy_that_holds_streams_back_it_polls()
    {
        await using var proxy = await StartAsync(site => NoUpgrade(site).Replace(
            "proxy_buffering off;",
            "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; gzip on; gzip_types *; gzip_proxied any; gzip_min_length 0;",
            StringComparison.Ordinal));
        var (visitor, requests) = await VisitAsync();
        await SayAsync(visitor, "Hello");
        await Eventually.IsTrueAsync(
            () => requests.ToArray().Any(url => url.Contains("/messages?after", StringComparison.Ordinal)), TimeSpan.FromSeconds(30));
        requests.Should().Contain(url => url.Contains("/support_chat/events", StringComparison.Ordinal), "it tried the stream first");

        await _mia.ReplyAsync(await ChatIdAsync(), "Can you hear me?");

        await Expect(visitor.Locator(".log")).ToContainTextAsync("Can you hear me?", new() { Timeout = 15_000 });
        await SayAsync(visitor, "I can");
    }

    [ProxyFact(RunningProxy.Nginx)]
    public async Task Of_all_tabs_one_holds_the_stream_and_the_next_takes_it_over()
    {
        await using var proxy = await StartAsync(NoUpgrade);
        var (first, _) = await VisitAsync();
        await SayAsync(first, "From the first tab");
        await StreamingAsync(1);
        var chat = await ChatIdAsync();
        var second = await TabAsync(first);
        var third = await TabAsync(first);
        await Expect(second.Locator(".log")).ToContainTextAsync("From the first tab");
        await SayAsync(third, "From the third tab");
        // Until all three have given up on sockets.
        await Task.WhenAll(OnlineAsync(first), OnlineAsync(second), OnlineAsync(third));

        await _mia.ReplyAsync(chat, "To all tabs");
        foreach (var tab in (IPage[])[first, second, third])
            await Expect(tab.Locator(".log")).ToContainTextAsync("To all tabs", new() { Timeout = 3000 });
        _server.Hub.Count.Should().Be(1, "the others hear it from the one that holds the stream");

        await first.CloseAsync();
        await _mia.ReplyAsync(chat, "While nobody held it");
        foreach (var tab in (IPage[])[second, third])
        {
            await Expect(tab.Locator(".log")).ToContainTextAsync("While nobody held it", new() { Timeout = 10_000 });
            await Expect(tab.Locator(".bubble")).ToHaveTextAsync(
                ["Hi! How can we help?", "From the first tab", "From the third tab", "To all tabs", "While nobody held it"]);
        }

        await StreamingAsync(1);
    }

    private static string NoUpgrade(string site) => Regex.Replace(site, @"proxy_set_header (Upgrade|Connection) \$\w+;", "");

    private Task<RunningProxy> StartAsync(Func<string, string> edit) =>
        RunningProxy.StartAsync(RunningProxy.Nginx, _server.Address, edit: edit, port: _port);

    private Task StreamingAsync(int count) => Eventually.IsTrueAsync(() => _server.Hub.Count == count, TimeSpan.FromSeconds(20));

    private async Task<(IPage Visitor, List<string> Requests)> VisitAsync()
    {
        var requests = new List<string>();
        var visitor = await browser.PersonAsync(anyCertificate: true);
        visitor.Request += (_, request) => requests.Add(request.Url);
        await visitor.GotoAsync(_address + "/");
        await visitor.EvaluateAsync("LeanChat('open')");
        return (visitor, requests);
    }

    private async Task<IPage> TabAsync(IPage first)
    {
        var tab = await first.Context.NewPageAsync();
        await tab.GotoAsync(_address + "/");
        await tab.EvaluateAsync("LeanChat('open')");
        return tab;
    }

    /// <summary>The shop is there, so its dot is shown once the line stands.</summary>
    private static Task OnlineAsync(IPage tab) => Expect(tab.Locator(".status")).ToHaveTextAsync("Online", new() { Timeout = 20_000 });

    private static async Task SayAsync(IPage visitor, string text)
    {
        await visitor.Locator("textarea").FillAsync(text);
        await visitor.Locator("textarea").PressAsync("Enter");
        await Expect(visitor.Locator(".msg.me.sent .bubble").Last).ToHaveTextAsync(text, new() { Timeout = 15_000 });
    }

    private async Task<string> ChatIdAsync()
    {
        await Eventually.IsTrueAsync(async () => (await _mia.ListAsync()).Count > 0);
        return (string)(await _mia.ListAsync())[0]!["id"]!;
    }
}
