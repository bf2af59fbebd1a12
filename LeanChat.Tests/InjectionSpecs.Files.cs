using System.Text;
using LeanChat.Proof;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Files that are two things at once, and names that want to run.</summary>
public sealed partial class InjectionSpecs
{
    private const string Script = "top.hit=1;new Image().src='http://evil.example/x'";

    private const string Html = $"<!doctype html><html><body><script>{Script}</script><img src=x onerror=\"{Script}\"></body></html>";

    private const string Svg = $"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"{Script}\"><script>{Script}</script></svg>";

    /// <summary>Taken for what their first bytes are, and also a script or a page to whoever reads the rest.</summary>
    private static readonly (string Name, byte[] Bytes)[] Polyglots =
    [
        // The picture's width and height are the beginning of a comment.
        ("gif-and-script.gif", [.. "GIF89a/*"u8, .. FileSamples.Gif()[8..], .. Encoding.ASCII.GetBytes($"*/=1;{Script}")]),
        ("gif-and-page.gif", [.. FileSamples.Gif(), .. Encoding.ASCII.GetBytes(Html)]),
        ("png-and-page.png", [.. FileSamples.Png(), .. Encoding.ASCII.GetBytes(Html)]),
        ("jpeg-and-drawing.jpg", [.. FileSamples.Jpeg(), .. Encoding.ASCII.GetBytes(Svg)]),
        ("webp-and-page.webp", [.. FileSamples.Webp(), .. Encoding.ASCII.GetBytes(Html)]),
        ("pdf-and-page.pdf", [.. FileSamples.Pdf, .. Encoding.ASCII.GetBytes(Html)]),
        ("pdf-that-acts.pdf", [.. FileSamples.Pdf, .. Encoding.ASCII.GetBytes($"<< /OpenAction << /S /JavaScript /JS ({Script}) >> >>")]),
        ("script.txt", Encoding.ASCII.GetBytes(Script)),
        ("\"><img src=x onerror=top.hit=1>.png", FileSamples.Png()),
        ("javascript:top.hit=1.png", FileSamples.Png()),
        ("<svg onload=top.hit=1>.pdf", FileSamples.Pdf),
    ];

    [BrowserFact]
    public async Task No_file_runs_whatever_is_in_it_or_in_its_name_and_whoever_shows_it()
    {
        await using var server = await StartAsync();
        await using var shop = await Website.ShopAsync(server);
        var mia = await server.AdminAsync();
        var visitor = await PersonAsync();
        await visitor.GotoAsync(shop.Origin);
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        await visitor.EvaluateAsync("LeanChat('open')");
        await visitor.GetByRole(AriaRole.Textbox).FillAsync("Hello");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);
        var same = new Visitor(server) { Token = await visitor.EvaluateAsync<string>("localStorage.getItem('leanchat:token')") };
        var chatId = (string)(await mia.ListAsync())[0]!["id"]!;
        var owner = await PersonAsync();
        await owner.Context.AddCookiesAsync(
            [new Cookie { Name = "leanchat_admin", Value = mia.Cookie["leanchat_admin=".Length..], Url = server.Origin }]);
        await owner.GotoAsync($"{server.Origin}/admin#chat={chatId}");
        await Expect(owner.Locator("#log .m")).ToHaveCountAsync(1);

        var addresses = new List<string>();
        foreach (var (name, bytes) in Polyglots)
        {
            addresses.Add(new Uri(new Uri(server.Origin), await same.SendFileAsync(bytes, name)).AbsoluteUri);
            (await mia.SendFilesAsync(chatId, name, null, await mia.UploadedAsync(chatId, bytes, name))).Status.Should().Be(201, name);
        }

        await Expect(visitor.Locator(".msg")).ToHaveCountAsync(1 + (2 * Polyglots.Length) + 1, new() { Timeout = 30_000 });
        await Expect(owner.Locator("#log .m")).ToHaveCountAsync(1 + (2 * Polyglots.Length));
        await NoFileRanAsync(visitor, server, ".log");
        await NoFileRanAsync(owner, server, "#log");
        await visitor.Locator(".picture").First.ClickAsync();
        await owner.Locator("#log .picture").First.ClickAsync();
        await Expect(owner.Locator(".viewer-name")).ToHaveTextAsync("gif-and-script.gif");
        await NothingRanAsync(owner);
        await NoFileRanAsync(visitor, server, ".log");

        // Opened by itself, and by a page of somebody else in every way that a page can take another's file.
        foreach (var address in addresses)
            await OpenAloneAsync(address);
        await using var elsewhere = await Website.OpenAsync(
            "<!doctype html><title>Elsewhere</title>" + string.Concat(addresses.Select(address =>
                $"""
                <script src="{address}"></script><script type="module" src="{address}"></script><iframe src="{address}"></iframe>
                <object data="{address}"></object><embed src="{address}"><link rel="stylesheet" href="{address}"><img src="{address}">
                """)));
        var stranger = await StrangerAsync();
        await stranger.GotoAsync(elsewhere.Origin);
        await NothingRanAsync(stranger);
    }

    [Theory]
    [InlineData(Html)]
    [InlineData(Svg)]
    [InlineData("<?xml version=\"1.0\"?><?xml-stylesheet href=\"x.xsl\"?><x xmlns=\"http://www.w3.org/1999/xhtml\"/>")]
    [InlineData("\uFEFF \n<!-- a note --><html xmlns=\"http://www.w3.org/1999/xhtml\"><script>top.hit=1</script></html>")]
    public async Task Markup_is_a_download_at_most_under_whatever_name(string markup)
    {
        await using var server = await StartAsync();
        var visitor = await server.VisitorAsync();
        foreach (var ending in (string[])[
            ".html", ".htm", ".xhtml", ".svg", ".svgz", ".xml", ".mhtml", ".js", ".png", ".gif", ".jpg", ".webp", ".avif", ".pdf", ".txt",
            ".csv", ".docx", ""])
        {
            var uploaded = await visitor.UploadAsync(Encoding.UTF8.GetBytes(markup), "page" + ending);
            if (uploaded.Status == 415)
                continue;
            uploaded.Status.Should().Be(201, ending);
            var sent = await visitor.SendFilesAsync("", null, (string)uploaded.Json!["id"]!);
            var (_, _, response) = await server.FetchAsync(FileStories.Address(sent.Json!));
            response.Header("Content-Disposition").Should().StartWith("attachment; ", ending);
            response.Header("X-Content-Type-Options").Should().Be("nosniff");
            response.Header("Content-Type").Should().NotContainAny("html", "xml", "script", "svg");
        }
    }

    /// <summary>The policy of a file may speak up here: Chromium styles a picture that it opens by itself.</summary>
    private async Task<IPage> StrangerAsync()
    {
        var page = await browser.PersonAsync();
        page.Request += (_, request) =>
        {
            if (request.Url.Contains("evil.example", StringComparison.Ordinal))
                _alarms.Add("a request: " + request.Url);
        };
        return page;
    }

    private async Task OpenAloneAsync(string address)
    {
        var alone = await StrangerAsync();
        try
        {
            await alone.GotoAsync(address);
            await NothingRanAsync(alone);
        }
        catch (PlaywrightException e) when (e.Message.Contains("Download is starting", StringComparison.Ordinal))
        {
            // Not a picture: nothing is opened.
        }

        await alone.Context.CloseAsync();
    }

    /// <summary>Whether the bubbles are made of our own elements, with files of the server alone.</summary>
    private async Task NoFileRanAsync(IPage page, LeanChatServer server, string place)
    {
        await NothingRanAsync(page);
        (await page.Locator(place).EvaluateAllAsync<string[]>(Survey)).Should().BeSubsetOf([.. Own, "img", "use"]);
        var sources = await page.Locator($"{place} img").EvaluateAllAsync<string[]>("all => all.map(img => img.src)");
        sources.Should().NotBeEmpty().And.OnlyContain(source => source.StartsWith(server.Origin + "/", StringComparison.Ordinal));
    }
}
