using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LeanChat.Proof;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Files from the visitor's side: chosen, dropped, pasted, on their way, refused, seen.</summary>
public sealed class WidgetFileSpecs(Browser browser) : WidgetStories(browser)
{
    private static readonly byte[] Pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"u8.ToArray();

    private static FilePayload File(string name, byte[] bytes, string type = "image/png") =>
        new() { Name = name, MimeType = type, Buffer = bytes };

    /// <summary>What a drop or a paste brings.</summary>
    private const string Transfer = """
        ([name, type, text]) => {
          const files = new DataTransfer();
          if (name) files.items.add(new File(['%PDF-1.4 x'], name, { type }));
          if (text) files.setData('text/plain', text);
          return files;
        }
        """;

    [BrowserFact]
    public async Task Words_three_pictures_and_a_pdf_go_in_one_message_and_are_seen()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await ChooseAsync(visitor, File("cup.png", FileSamples.Png(64, 48)), File("lid.png", FileSamples.Png(48, 64)),
            File("box.png", FileSamples.Png(90, 30)), File("bill.pdf", Pdf, "application/pdf"));
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(4);
        await Expect(visitor.Locator(".file-note").Last).ToHaveTextAsync(new Regex(@"^0\.1 kB"));

        await visitor.Locator("textarea").FillAsync("It came broken.");
        await visitor.Locator("textarea").PressAsync("Enter");

        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);
        await Expect(visitor.Locator(".file")).ToHaveCountAsync(0);
        await Expect(visitor.Locator(".picture img")).ToHaveCountAsync(3);
        await Expect(visitor.Locator(".doc .file-name")).ToHaveTextAsync("bill.pdf");
        await Expect(visitor.Locator(".doc .file-note")).ToHaveTextAsync(new Regex("^PDF · "));
        var stored = (await mia.OpenChatAsync(await ChatIdAsync(mia)))["messages"]![0]!;
        ((string)stored["content"]!).Should().Be("It came broken.");
        stored["attachments"]!.AsArray().Select(file => (string)file!["name"]!).Should().Equal("cup.png", "lid.png", "box.png", "bill.pdf");
        await Eventually.IsTrueAsync(async () => await visitor.EvaluateAsync<bool>(
            $"[...{Shadow}.querySelectorAll('.picture img')].every(each => each.naturalWidth > 40 && each.alt.endsWith('.png'))"));
        // After a reload the room is there before the pictures are.
        await visitor.RouteAsync("**/files/**", _ => Task.CompletedTask);
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".picture img")).ToHaveCountAsync(3);
        (await visitor.EvaluateAsync<double>($"{Shadow}.querySelector('.picture').getBoundingClientRect().height"))
            .Should().BeGreaterThan(40);
    }

    [BrowserFact]
    public async Task Words_never_wait_for_a_file_and_files_follow_in_their_order()
    {
        var mia = await Server.AdminAsync();
        var hold = new TaskCompletionSource();
        var visitor = await VisitAsync("data-open", before: page => page.RouteAsync("**/attachments?name=slow.pdf", async route =>
        {
            await hold.Task;
            await route.ContinueAsync();
        }));
        await ChooseAsync(visitor, File("slow.pdf", Pdf, "application/pdf"), File("quick.png", FileSamples.Png(20, 20)));
        await Expect(visitor.Locator(".file.sending progress")).ToHaveCountAsync(1);
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(1);

        await visitor.Locator("textarea").FillAsync("Two files");
        await visitor.Locator("textarea").PressAsync("Enter");
        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);
        await Expect(visitor.Locator(".file .file-note")).ToHaveTextAsync("Follows when it is uploaded");
        await ChooseAsync(visitor, File("third.png", FileSamples.Png(20, 20)));
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(1);
        await visitor.Locator(".send").ClickAsync();
        await SayAsync(visitor, "And a word");

        hold.SetResult();
        await Expect(visitor.Locator(".file")).ToHaveCountAsync(0);
        await Eventually.IsTrueAsync(async () => (await SaidAsync(mia)).Count >= 4);
        (await SaidAsync(mia)).Should().Equal("Two files quick.png", " third.png", "And a word", " slow.pdf");
    }

    [BrowserFact]
    public async Task A_file_is_taken_back_while_it_is_on_its_way_and_one_that_failed_is_sent_again()
    {
        var mia = await Server.AdminAsync();
        var fails = true;
        var visitor = await VisitAsync("data-open", before: page => page.RouteAsync("**/attachments?name=*", async route =>
        {
            if (route.Request.Url.Contains("cancelled", StringComparison.Ordinal))
                return;
            if (fails)
                await route.AbortAsync();
            else
                await route.ContinueAsync();
        }));
        await ChooseAsync(visitor, File("cancelled.png", FileSamples.Png(9, 9)), File("cup.png", FileSamples.Png(9, 9)));
        await Expect(visitor.Locator(".file.failed .file-note")).ToHaveTextAsync("Not uploaded");
        await Expect(visitor.Locator("[aria-live]").Last).ToHaveTextAsync("cup.png: Not uploaded");

        await visitor.GetByRole(AriaRole.Button, new() { Name = "Remove: cancelled.png" }).ClickAsync();
        await Expect(visitor.Locator(".file")).ToHaveCountAsync(1);
        fails = false;
        await visitor.Locator(".file-retry").ClickAsync();
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(1);
        await visitor.Locator(".send").ClickAsync();
        await Expect(visitor.Locator(".msg.me.sent .picture")).ToHaveCountAsync(1);
        (await SaidAsync(mia)).Should().Equal(" cup.png");
    }

    [BrowserFact]
    public async Task What_is_not_taken_is_named_with_the_reason()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:AttachmentBytes=2000", "Limits:NewUsersPerHour=0");
        var visitor = await VisitAsync("data-open", server);
        await ChooseAsync(visitor, File("large.pdf", [.. Pdf, .. new byte[3000]], "application/pdf"),
            File("run.exe", [.. "MZ"u8, .. new byte[100]], "application/octet-stream"), File("nothing.txt", [], "text/plain"));

        await Expect(visitor.Locator(".file.failed .file-note")).ToHaveTextAsync(
            ["Larger than 2 kB", "This kind of file is not accepted", "This file is empty"]);
        await Expect(visitor.Locator(".file-retry:visible")).ToHaveCountAsync(0);
        await Expect(visitor.Locator(".send")).ToBeDisabledAsync();
        await SayAsync(visitor, "Words still go");
    }

    [BrowserFact]
    public async Task Files_are_dropped_on_the_panel_and_pasted_into_the_field()
    {
        var visitor = await VisitAsync("data-open");
        await Expect(visitor.Locator(".attach")).ToBeVisibleAsync();
        var dropped = await visitor.EvaluateHandleAsync(Transfer, (string[])["plan.pdf", "application/pdf", ""]);

        await visitor.DispatchEventAsync(".panel", "dragenter", new { dataTransfer = dropped });
        await Expect(visitor.Locator(".drop")).ToHaveTextAsync("Drop files here");
        await visitor.DispatchEventAsync(".panel", "dragleave", new { dataTransfer = dropped });
        await Expect(visitor.Locator(".drop")).ToBeHiddenAsync();
        await visitor.DispatchEventAsync(".panel", "dragenter", new { dataTransfer = dropped });
        await visitor.DispatchEventAsync(".panel", "drop", new { dataTransfer = dropped });
        await Expect(visitor.Locator(".drop")).ToBeHiddenAsync();
        await Expect(visitor.Locator(".file.sent .file-name")).ToHaveTextAsync("plan.pdf");

        await PasteAsync(visitor, ["shot.pdf", "application/pdf", ""]);
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(2);
        // A text that brings its picture along is meant as text.
        await PasteAsync(visitor, ["cells.pdf", "application/pdf", "1 2 3"]);
        await SayAsync(visitor, "Done");
        await Expect(visitor.Locator(".doc")).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task A_large_picture_is_drawn_smaller_before_it_is_sent()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await ChooseAsync(visitor,
            File("photo.png", FileSamples.Png(3000, 1500, orientation: 1)), File("small.png", FileSamples.Png(300, 150)));
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(2);
        await visitor.Locator(".send").ClickAsync();
        await Expect(visitor.Locator(".msg.me.sent")).ToHaveCountAsync(1);

        var files = (await mia.OpenChatAsync(await ChatIdAsync(mia)))["messages"]![0]!["attachments"]!.AsArray();
        files.Select(file => $"{file!["name"]} {file["width"]} {file["height"]}")
            .Should().Equal("photo.png 2048 1024", "small.png 300 150");
        var sent = await new HttpClient().GetByteArrayAsync(new Uri(Server.Origin + (string)files[0]!["url"]!));
        sent.AsSpan().IndexOf("eXIf"u8).Should().Be(-1, "a picture that is drawn anew says neither where nor with what it was taken");
    }

    [BrowserFact]
    public async Task Pictures_are_seen_large_and_left_by_Escape_alone()
    {
        var visitor = await VisitAsync("data-open");
        await ChooseAsync(visitor, File("one.png", FileSamples.Png(64, 48)), File("two.png", FileSamples.Png(48, 64)));
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(2);
        await visitor.Locator(".send").ClickAsync();
        await visitor.Locator(".picture").First.ClickAsync();

        await Expect(visitor.Locator(".viewer img")).ToHaveAttributeAsync("alt", "one.png");
        await visitor.Keyboard.PressAsync("ArrowRight");
        await Expect(visitor.Locator(".viewer-name")).ToHaveTextAsync("two.png");
        await visitor.Keyboard.PressAsync("ArrowRight");
        await Expect(visitor.Locator(".viewer-name")).ToHaveTextAsync("one.png");
        await visitor.Locator(".viewer .back").ClickAsync();
        await Expect(visitor.Locator(".viewer-name")).ToHaveTextAsync("two.png");
        await Expect(visitor.Locator(".viewer a")).ToHaveAttributeAsync("download", "two.png");
        await visitor.Keyboard.PressAsync("Escape");

        await Expect(visitor.Locator(".viewer")).ToBeHiddenAsync();
        await Expect(visitor.Locator(".panel")).ToBeVisibleAsync();
        (await visitor.EvaluateAsync<string>($"{Shadow}.activeElement.className")).Should().Be("picture");
        await visitor.Keyboard.PressAsync("Escape");
        await Expect(visitor.Locator(".panel")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Where_a_page_forbids_pictures_their_names_are_links()
    {
        var visitor = await PersonAsync();
        var site = await SiteAsync("data-open", csp: $"default-src 'none'; img-src 'none'; script-src {Server.Origin}; " +
            $"connect-src {Server.Origin} {Server.Origin.Replace("http", "ws", StringComparison.Ordinal)}");
        await visitor.GotoAsync(site.Origin);
        await Expect(visitor.Locator(".attach")).ToBeVisibleAsync();
        await ChooseAsync(visitor, File("cup.png", FileSamples.Png(9, 9)));
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(1);
        await visitor.Locator(".send").ClickAsync();

        await Expect(visitor.Locator(".msg.me.sent .doc .file-name")).ToHaveTextAsync("cup.png");
        await Expect(visitor.Locator(".picture")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task What_only_an_open_panel_needs_comes_with_it_and_without_it_words_still_go()
    {
        var reachable = false;
        var visitor = await VisitAsync("", before: page => page.RouteAsync("**/widget.js?panel=*", route =>
            reachable ? route.ContinueAsync() : route.AbortAsync()));
        var requests = Requests(visitor);
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        requests.Should().OnlyContain(url => !url.Contains("panel", StringComparison.Ordinal));

        await visitor.Locator(".launcher").ClickAsync();
        await SayAsync(visitor, "See https://shop.example/mug");
        await Expect(visitor.Locator(".bubble a")).ToHaveCountAsync(0);
        await Expect(visitor.Locator(".attach")).ToHaveCountAsync(0);
        requests.Should().Contain(url => url.Contains("panel", StringComparison.Ordinal));

        reachable = true;
        await visitor.Locator(".close").ClickAsync();
        await visitor.Locator(".launcher").ClickAsync();
        await Expect(visitor.Locator(".bubble a")).ToHaveTextAsync("https://shop.example/mug");
        await Expect(visitor.Locator(".attach")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task The_next_person_on_this_computer_finds_no_file()
    {
        var visitor = await VisitAsync("data-open");
        await ChooseAsync(visitor, File("passport.png", FileSamples.Png(9, 9)));
        await Expect(visitor.Locator(".file.sent")).ToHaveCountAsync(1);

        await visitor.EvaluateAsync("LeanChat('reset')");

        await Expect(visitor.Locator(".file")).ToHaveCountAsync(0);
        await Expect(visitor.Locator(".tray")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Where_files_are_off_no_paperclip_is_shown()
    {
        await using var server = await LeanChatServer.StartAsync("Attachments:Enabled=false", "Limits:NewUsersPerHour=0");
        var visitor = await VisitAsync("data-open", server);
        await SayAsync(visitor, "www.shop.example");
        await Expect(visitor.Locator(".bubble a")).ToHaveCountAsync(1);
        await Expect(visitor.Locator(".attach")).ToHaveCountAsync(0);
    }

    private static Task ChooseAsync(IPage visitor, params FilePayload[] files) => visitor.Locator(".pick").SetInputFilesAsync(files);

    private static Task<JsonElement?> PasteAsync(IPage visitor, string[] what) => visitor.Locator("textarea").EvaluateAsync(
        $$"""
        (field, what) => field.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData: ({{Transfer}})(what), bubbles: true, composed: true }))
        """,
        what);

    /// <summary>Each message's words and its files' names.</summary>
    private static async Task<List<string>> SaidAsync(Admin mia) =>
        [.. (await mia.OpenChatAsync(await ChatIdAsync(mia)))["messages"]!.AsArray().Select(message =>
            string.Join(' ', [(string)message!["content"]!, .. message["attachments"]!.AsArray().Select(file => (string)file!["name"]!)]))];
}
