using LeanChat.Files;
using LeanChat.Proof;
using LeanChat.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Files in the dashboard: what visitors sent, and what is sent to them.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task A_visitors_photos_are_seen_and_a_reply_takes_files_along()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.SendFilesAsync("", "c1",
            await jo.UploadedAsync(FileSamples.Png(64, 48), "cup.png"), await jo.UploadedAsync(FileSamples.Png(48, 64), "lid.png"));
        await Expect(Preview(owner, jo)).ToHaveTextAsync("cup.png");
        await Row(owner, jo).ClickAsync();
        await Expect(owner.Locator("#log .picture img")).ToHaveCountAsync(2);
        await owner.Locator(".picture").First.ClickAsync();
        await owner.Keyboard.PressAsync("ArrowRight");
        await Expect(owner.Locator(".viewer-name")).ToHaveTextAsync("lid.png");
        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator(".viewer")).ToBeHiddenAsync();
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo");

        await owner.Locator("#pick").SetInputFilesAsync(
            [File("new.png", FileSamples.Png(90, 30)), File("bill.csv", "a,b\n1,2\n"u8.ToArray())]);
        await Expect(owner.Locator(".file.sent")).ToHaveCountAsync(2);
        await ReplyAsync(owner, "A new one is on its way.");

        await Expect(owner.Locator(".file")).ToHaveCountAsync(0);
        await Expect(owner.Locator(".m.me .t")).ToHaveTextAsync("A new one is on its way.");
        await Expect(owner.Locator(".m.me .doc .file-name")).ToHaveTextAsync("bill.csv");
        // The page shows a reply before it is stored.
        await Eventually.IsTrueAsync(async () => (await jo.MessagesAsync()).Count == 2);
        var stored = (await jo.ChatAsync())["messages"]![1]!;
        stored["attachments"]!.AsArray().Select(file => (string)file!["name"]!).Should().Equal("new.png", "bill.csv");
    }

    [BrowserFact]
    public async Task Chosen_files_stay_with_their_conversation_and_one_that_failed_is_sent_again()
    {
        var owner = await OwnerAsync();
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(jo, "Hello");
        await SayAsync(ben, "Hello");
        await Row(owner, jo).ClickAsync();
        await Expect(owner.Locator("#attach")).ToBeVisibleAsync();
        await owner.Locator("#pick").SetInputFilesAsync(File("for-jo.png", FileSamples.Png(9, 9)));
        await Expect(owner.Locator(".file.sent")).ToHaveCountAsync(1);

        await Row(owner, ben).ClickAsync();
        await Expect(owner.Locator(".file")).ToHaveCountAsync(0);
        await owner.RouteAsync("**/attachments?name=*", route => route.AbortAsync());
        await owner.Locator("#pick").SetInputFilesAsync(File("for-ben.png", FileSamples.Png(9, 9)));
        await Expect(owner.Locator(".file.failed .file-note")).ToHaveTextAsync("Not uploaded");
        await owner.UnrouteAllAsync();
        await owner.Locator(".file-retry").ClickAsync();
        await Expect(owner.Locator(".file.sent")).ToHaveCountAsync(1);
        await owner.Locator("#send").ClickAsync();
        await Expect(owner.Locator(".m.me .picture")).ToHaveCountAsync(1);

        await Row(owner, jo).ClickAsync();
        await Expect(owner.Locator(".file .file-name")).ToHaveTextAsync("for-jo.png");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Remove: for-jo.png" }).ClickAsync();
        await Expect(owner.Locator(".file")).ToHaveCountAsync(0);
        _complaints.RemoveAll(each => each.Contains("ERR_FAILED", StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task Files_are_dropped_on_the_conversation_and_a_refusal_has_the_servers_words()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await SayAsync(jo, "Hello");
        await Row(owner, jo).ClickAsync();
        await Expect(owner.Locator("#attach")).ToBeVisibleAsync();
        var dropped = await owner.EvaluateHandleAsync("""
            () => {
              const files = new DataTransfer();
              files.items.add(new File(['MZ program'], 'setup.exe', { type: 'image/png' }));
              return files;
            }
            """);

        await owner.DispatchEventAsync(".talk", "dragenter", new { dataTransfer = dropped });
        await Expect(owner.Locator("#dropzone")).ToHaveTextAsync("Drop files here");
        await owner.DispatchEventAsync(".talk", "drop", new { dataTransfer = dropped });
        await Expect(owner.Locator("#dropzone")).ToBeHiddenAsync();
        await Expect(owner.Locator(".file.failed .file-note")).ToHaveTextAsync("Files of this kind cannot be sent here.");
        await Expect(owner.Locator(".file-retry")).ToBeHiddenAsync();
        _complaints.RemoveAll(each => each.Contains("415", StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task That_a_virus_was_found_is_said_in_its_place()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await SayAsync(jo, "Here is the form");
        await Row(owner, jo).ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);

        // The scanner has its own stories: here it is as if it had found one.
        var at = UtcText.Of(_server.Clock.GetUtcNow().AddSeconds(1));
        await _server.Database.WriteAsync(tx =>
        {
            AttachmentStore.AddRefused(tx, jo.ChatId, "form.pdf", "Eicar-Test-Signature");
            return true;
        });
        _server.Get<FileNews>().Refuse(jo.ChatId, new RefusedFile("form.pdf", "Eicar-Test-Signature", at));

        const string Said = "A virus was found in form.pdf (Eicar-Test-Signature). The file was not taken.";
        await Expect(owner.Locator("#log .day").Last).ToHaveTextAsync(Said);
        await owner.ReloadAsync();
        await Expect(owner.Locator("#log")).ToContainTextAsync(Said);
    }

    private static FilePayload File(string name, byte[] bytes) => new()
    {
        Name = name,
        MimeType = "application/octet-stream",
        Buffer = bytes,
    };
}
