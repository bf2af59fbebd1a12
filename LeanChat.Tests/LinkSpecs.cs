using System.Text.Json;
using LeanChat.Mail;
using LeanChat.Pages;
using LeanChat.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>A link ends where its reader thinks it ends, and alike in both pages.</summary>
[Collection(DashboardStories.Name)]
public sealed class LinkSpecs(Browser browser)
{
    /// <summary>A text, and its links as they are shown; `shown → address` where the two differ.</summary>
    private static readonly (string Text, string[] Links)[] Table =
    [
        // The punctuation of all scripts.
        ("https://shop.example/docs。谢谢", ["https://shop.example/docs"]),
        ("见https://shop.example/docs，谢谢", ["https://shop.example/docs"]),
        ("（https://shop.example/docs）", ["https://shop.example/docs"]),
        ("「https://shop.example/docs」を見て", ["https://shop.example/docs"]),
        ("【https://shop.example/docs】", ["https://shop.example/docs"]),
        ("https://shop.example/docs！", ["https://shop.example/docs"]),
        ("https://shop.example/docs، شكرا", ["https://shop.example/docs"]),
        ("https://shop.example/docs؟", ["https://shop.example/docs"]),
        ("https://shop.example/docs।", ["https://shop.example/docs"]),
        ("“https://shop.example/docs”", ["https://shop.example/docs"]),
        ("„https://shop.example/docs“", ["https://shop.example/docs"]),
        ("«https://shop.example/docs»", ["https://shop.example/docs"]),
        ("‘https://shop.example/docs’.", ["https://shop.example/docs"]),
        ("'https://shop.example/a', 'https://shop.example/b'", ["https://shop.example/a", "https://shop.example/b"]),
        ("\"https://shop.example/docs\"", ["https://shop.example/docs"]),
        ("https://shop.example/docs, and", ["https://shop.example/docs"]),
        ("https://shop.example/docs; and", ["https://shop.example/docs"]),
        ("see https://shop.example/docs: it", ["https://shop.example/docs"]),
        ("https://shop.example/docs...", ["https://shop.example/docs"]),
        ("https://shop.example/docs…", ["https://shop.example/docs"]),
        ("https://shop.example/docs?!", ["https://shop.example/docs"]),
        ("https://shop.example/docs—see", ["https://shop.example/docs"]),
        ("https://shop.example/docs\u200bnext", ["https://shop.example/docs"]),
        ("https://shop.example/docs\u202etxt", ["https://shop.example/docs"]),
        ("https://shop.example/docs\u00a0next", ["https://shop.example/docs"]),
        ("https://shop.example/docs😀", ["https://shop.example/docs"]),

        // Scripts without spaces, and words of other scripts in an address.
        ("https://shop.example谢谢", ["https://shop.example"]),
        ("https://shop.example/docs谢谢", ["https://shop.example/docs"]),
        ("https://shop.example/docs에서", ["https://shop.example/docs"]),
        ("请看www.shop.example谢谢", ["www.shop.example → https://www.shop.example"]),
        ("https://zh.wikipedia.org/wiki/维基百科。", ["https://zh.wikipedia.org/wiki/维基百科"]),
        ("https://ja.wikipedia.org/wiki/ジョン・レノン、", ["https://ja.wikipedia.org/wiki/ジョン・レノン"]),
        ("https://en.wikipedia.org/wiki/Bose–Einstein", ["https://en.wikipedia.org/wiki/Bose–Einstein"]),
        ("https://fr.wikipedia.org/wiki/L’Oréal", ["https://fr.wikipedia.org/wiki/L’Oréal"]),
        ("https://müller.example/größe?q=ä#ö", ["https://müller.example/größe?q=ä#ö"]),
        ("https://例え.テスト/パス", ["https://例え.テスト/パス"]),
        ("https://президент.рф/путь.", ["https://президент.рф/путь"]),
        ("https://xn--mller-kva.example/x", ["https://xn--mller-kva.example/x"]),

        // Brackets and marks.
        ("https://de.wikipedia.org/wiki/Tee_(Heilpflanze)", ["https://de.wikipedia.org/wiki/Tee_(Heilpflanze)"]),
        ("(siehe https://de.wikipedia.org/wiki/Tee_(Heilpflanze))", ["https://de.wikipedia.org/wiki/Tee_(Heilpflanze)"]),
        ("(https://shop.example/docs).Then", ["https://shop.example/docs"]),
        ("https://shop.example/docs(new", ["https://shop.example/docs"]),
        ("[https://shop.example/docs]", ["https://shop.example/docs"]),
        ("[docs](https://shop.example/docs)", ["https://shop.example/docs"]),
        ("[https://shop.example/a](https://shop.example/b)", ["https://shop.example/a", "https://shop.example/b"]),
        ("**https://shop.example/docs**", ["https://shop.example/docs"]),
        ("**see https://shop.example/docs** now", ["https://shop.example/docs"]),
        ("*https://shop.example/docs*", ["https://shop.example/docs"]),
        ("_https://shop.example/docs_", ["https://shop.example/docs"]),
        ("https://shop.example/a_b_", ["https://shop.example/a_b_"]),
        ("~~https://shop.example/docs~~", ["https://shop.example/docs"]),
        ("`https://shop.example/docs`", ["https://shop.example/docs"]),
        ("<https://shop.example/docs>", ["https://shop.example/docs"]),
        ("| https://shop.example/docs|b |", ["https://shop.example/docs"]),
        ("{\"url\":\"https://shop.example/docs\"}", ["https://shop.example/docs"]),
        ("{url:https://shop.example/docs}", ["https://shop.example/docs"]),

        // Parts of an address.
        ("HTTPS://SHOP.EXAMPLE/A", ["HTTPS://SHOP.EXAMPLE/A"]),
        ("https://shop.example.", ["https://shop.example"]),
        ("https://shop.example?", ["https://shop.example"]),
        ("https://shop.example/", ["https://shop.example/"]),
        ("https://shop.example:8443/a?b=c&d[]=e#f!", ["https://shop.example:8443/a?b=c&d[]=e#f"]),
        ("https://shop.example/a;b=c", ["https://shop.example/a;b=c"]),
        ("https://shop.example/@anna/a%20b", ["https://shop.example/@anna/a%20b"]),
        ("https://shop.example/x?to=https://other.example/y", ["https://shop.example/x?to=https://other.example/y"]),
        ("https://a.example/x,https://b.example/y", ["https://a.example/x", "https://b.example/y"]),
        ("http://localhost:5080/admin", ["http://localhost:5080/admin"]),
        ("http://192.0.2.4:80/x", ["http://192.0.2.4:80/x"]),
        ("http://[::1]:5080/x.", ["http://[::1]:5080/x"]),
        ("www.shop.example/path, ok", ["www.shop.example/path → https://www.shop.example/path"]),
        ("(www.shop.example)", ["www.shop.example → https://www.shop.example"]),

        // E-mail.
        ("Write to info@shop.example.", ["info@shop.example → mailto:info@shop.example"]),
        ("info@müller.example", ["info@müller.example → mailto:info@müller.example"]),
        ("info@例子.中国", ["info@例子.中国 → mailto:info@例子.中国"]),
        ("请写信给info@shop.example谢谢", ["info@shop.example → mailto:info@shop.example"]),
        ("E-Mail:info@shop.example", ["info@shop.example → mailto:info@shop.example"]),
        ("<o'brien+shop@mail.shop.example>", ["o'brien+shop@mail.shop.example → mailto:o'brien+shop@mail.shop.example"]),
        ("kenji.@docomo.ne.jp", ["kenji.@docomo.ne.jp → mailto:kenji.@docomo.ne.jp"]),
        (
            "anna@shop.example,ben@shop.example",
            ["anna@shop.example → mailto:anna@shop.example", "ben@shop.example → mailto:ben@shop.example"]),
        ("mailto:info@shop.example?subject=Hi%20there.", ["mailto:info@shop.example?subject=Hi%20there"]),

        // No links.
        ("javascript:alert(1)", []),
        ("data:text/html,x", []),
        ("file:///etc/passwd", []),
        ("ftp://www.shop.example/x", []),
        ("ssh://git@shop.example/x", []),
        ("git@shop.example:shop/x.git", []),
        ("https://shop.example@evil.example/", []),
        ("https://user:pass@evil.example/", []),
        ("user@localhost", []),
        ("@anna", []),
        ("a@b.c", []),
        ("a @ b.example", []),
        ("readme.md and index.html", []),
        ("logo@2x.png", []),
        ("react@18.2.0", []),
        ("1.2.3", []),
        ("e.g.this", []),
        ("shop.example", []),
        ("www.", []),
        ("www.shop", []),
        ("awww.shop.example", []),
        ("https://", []),
        ("https://...", []),
        ("https://123", []),
        ("http:// x", []),
        ("mailto:", []),
    ];

    [BrowserFact]
    public async Task A_link_ends_where_its_reader_thinks_it_ends()
    {
        Table.Should().HaveCountGreaterThan(60);
        var page = await browser.PersonAsync();
        await page.EvaluateAsync(
            """
            async source => {
              window.linkPieces = (await import('data:text/javascript,' + encodeURIComponent(source))).linkPieces;
            }
            """, await SourceAsync());
        foreach (var (text, links) in Table)
        {
            var pieces = JsonDocument.Parse(
                await page.EvaluateAsync<string>("text => JSON.stringify(linkPieces(text))", text)).RootElement.EnumerateArray()
                .Select(piece => (Text: piece.GetProperty("text").GetString()!, Href: piece.GetProperty("href").GetString()!)).ToList();

            string.Concat(pieces.Select(piece => piece.Text)).Should().Be(text, "nothing of it is lost");
            pieces.Where(piece => piece.Href.Length > 0)
                .Select(piece => piece.Text == piece.Href ? piece.Text : $"{piece.Text} → {piece.Href}").Should().Equal(links, text);
        }

        await page.Context.CloseAsync();
    }

    [BrowserFact]
    public async Task Both_pages_show_the_same_links()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0");
        await using var shop = await Website.ShopAsync(server);
        var mia = await server.AdminAsync();
        var visitor = await browser.PersonAsync();
        await visitor.GotoAsync(shop.Origin);
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        await visitor.EvaluateAsync("LeanChat('open')");
        await visitor.GetByRole(AriaRole.Textbox).FillAsync("Hello");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(visitor.Locator(".log .meta").Last).ToContainTextAsync("Sent");
        var chatId = (string)(await mia.ListAsync())[0]!["id"]!;
        var owner = await browser.PersonAsync();
        await owner.Context.AddCookiesAsync(
            [new Cookie { Name = "leanchat_admin", Value = mia.Cookie["leanchat_admin=".Length..], Url = server.Origin }]);
        await owner.GotoAsync($"{server.Origin}/admin#chat={chatId}");
        // History comes in pages: the links are to come one by one.
        await Expect(owner.Locator("#log .m").Last).ToContainTextAsync("Hello");
        foreach (var text in Table.Select(row => row.Text).Append("The end"))
            (await mia.ReplyAsync(chatId, text)).Status.Should().Be(201, text);

        await Expect(visitor.Locator(".log .bubble").Last).ToHaveTextAsync("The end");
        await Expect(owner.Locator("#log .m").Last).ToContainTextAsync("The end");
        var inWidget = await LinksAsync(visitor.Locator(".log .bubble a"));
        var inDashboard = await LinksAsync(owner.Locator("#log .m a"));

        inWidget.Should().Equal(
            Table.SelectMany(row => row.Links).Select(link => $"{link.Split(" → ")[0]} _blank noopener noreferrer nofollow"));
        inDashboard.Should().Equal(inWidget);
        await visitor.Context.CloseAsync();
        await owner.Context.CloseAsync();
    }

    private static Task<string[]> LinksAsync(ILocator links) =>
        links.EvaluateAllAsync<string[]>("links => links.map(link => `${link.textContent} ${link.target} ${link.rel}`)");

    private static async Task<string> SourceAsync()
    {
        using var reader = new StreamReader(typeof(PageAssets).Assembly.GetManifestResourceStream("links.js")!);
        return await reader.ReadToEndAsync();
    }
}
