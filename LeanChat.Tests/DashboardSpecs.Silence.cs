using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LeanChat.Live;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Whom no e-mail is sent to and why, in the mail server's words; and what the mail server refuses altogether.</summary>
public sealed partial class DashboardSpecs
{
    private static JsonObject MailState(string? error = null, params JsonNode[] silent) => new()
    {
        ["sending"] =
            new JsonObject { ["ok"] = error is null, ["error"] = error, ["since"] = error is null ? null : "2026-11-22T09:00:00.000Z" },
        ["receiving"] = null,
        ["silent"] = new JsonArray(silent),
        ["untaken"] = new JsonArray(),
    };

    private static JsonObject Silent(string address, string reason, string? error = null, string? until = null) =>
        new() { ["address"] = address, ["reason"] = reason, ["error"] = error, ["at"] = "2026-11-12T09:00:00.000Z", ["until"] = until };

    [BrowserFact]
    public async Task A_silent_address_stands_in_the_settings_and_can_be_lifted()
    {
        var jo = await SomebodyAsync("Jo", "Jo@Example.org");
        await jo.PostAsync("Hello?");
        var state = MailState(null,
            Silent("jo@example.org", "refused", "550 5.1.1 No such user here", "2026-12-12T09:00:00.000Z"),
            Silent("ben+x@example.org", "reported", "5.2.1 Mailbox disabled", "2026-12-12T09:00:00.000Z"),
            Silent("ann@example.org", "unsubscribed"));
        var lifted = new List<string>();
        var owner = await OwnerAsync(ready: false);
        await owner.RouteAsync(
            "**/admin/mail", route => route.FulfillAsync(new() { ContentType = "application/json", Body = state.ToJsonString() }));
        await owner.RouteAsync("**/admin/mail/silent/*", async route =>
        {
            lifted.Add(route.Request.Method + " " + new Uri(route.Request.Url).AbsolutePath);
            await route.FulfillAsync(lifted.Count == 1 ? new() { Status = 204 } : new()
            {
                Status = 409,
                ContentType = "application/json",
                Body = """{"error":"conflict","message":"They unsubscribed themselves."}""",
            });
        });
        await owner.ReloadAsync();

        await Row(owner, jo).ClickAsync();
        await Expect(owner.Locator(".inf")).ToContainTextAsync("Gets no e-mail: the mail server refused this address");
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-mail").ClickAsync();
        var list = owner.GetByRole(AriaRole.Region, new() { Name = "Addresses we don’t e-mail" }).GetByRole(AriaRole.Listitem);
        await Expect(list).ToHaveCountAsync(3);
        await Expect(list.Nth(0)).ToContainTextAsync(
            "The mail server refused this address on 12 Nov. We’ll try again after 12 Dec 2026.“550 5.1.1 No such user here”");
        await Expect(list.Nth(2)).ToContainTextAsync("Unsubscribed on 12 Nov.");
        await Expect(list.Nth(2).GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await CleanAsync(owner, "silent addresses");

        await owner.GetByRole(AriaRole.Button, new() { Name = "E-mail jo@example.org again" }).ClickAsync();
        await Expect(list).ToHaveCountAsync(2);
        await Expect(Toast(owner)).ToContainTextAsync("We’ll e-mail jo@example.org again.");
        await Expect(owner.GetByRole(AriaRole.Heading, new() { Name = "Addresses we don’t e-mail" })).ToBeFocusedAsync();
        await Expect(owner.Locator(".inf")).Not.ToContainTextAsync("Gets no e-mail");

        // What the server refuses comes back, with its sentence.
        await owner.GetByRole(AriaRole.Button, new() { Name = "E-mail ben+x@example.org again" }).ClickAsync();
        await Expect(Toast(owner)).ToContainTextAsync("They unsubscribed themselves.");
        await Expect(list).ToHaveCountAsync(2);
        lifted.Should().Equal("DELETE /admin/mail/silent/jo%40example.org", "DELETE /admin/mail/silent/ben%2Bx%40example.org");

        // What changes elsewhere is told by a frame.
        Tell(MailState(null));
        await Expect(list).ToHaveCountAsync(0);
        await Expect(owner.Locator("#set-p")).ToContainTextAsync("None. When a mail server says");
    }

    [BrowserFact]
    public async Task While_the_mail_server_refuses_a_notice_has_its_words_and_what_to_do()
    {
        var owner = await OwnerAsync();
        await Expect(Notice(owner)).ToContainTextAsync("E-mail isn’t set up");
        Tell(MailState("504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname"));
        await Expect(Notice(owner)).ToContainTextAsync(
            "E-mails are not going out.The mail server says: “504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname”");
        await Expect(Notice(owner)).ToContainTextAsync("full host name");
        await CleanAsync(owner, "mail trouble");
        await Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Open the e-mail settings" }).ClickAsync();
        await Expect(owner.Locator("#set-mail")).ToHaveAttributeAsync("aria-selected", "true");
        Tell(MailState("535 5.7.8 Authentication failed"));
        await Expect(owner.Locator("#set-p .note")).ToContainTextAsync("Check the username and the password.");

        Tell(MailState());

        await Expect(owner.Locator("#set-p .note")).ToBeHiddenAsync();
        await owner.Keyboard.PressAsync("Escape");
        await Expect(Notice(owner)).Not.ToContainTextAsync("not going out");
    }

    [BrowserFact]
    public async Task A_setting_that_the_page_does_not_know_yet_has_its_place()
    {
        var owner = await OwnerAsync();
        await owner.RouteAsync("**/admin/settings", async route =>
        {
            var response = await route.FetchAsync();
            var settings = JsonNode.Parse(await response.TextAsync())!.AsObject();
            settings["Mail:HeloName"] = new JsonObject { ["value"] = "", ["fixed"] = false, ["about"] = "The name in EHLO." };
            settings["Mail:Imap:Host"] = new JsonObject { ["value"] = "", ["fixed"] = false, ["about"] = "The mailbox." };
            settings["Weather:Enabled"] = new JsonObject { ["value"] = "false", ["fixed"] = false, ["about"] = "Asks how it was." };
            await route.FulfillAsync(new() { Response = response, Body = settings.ToJsonString() });
        });
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-mail").ClickAsync();
        await Expect(owner.GetByLabel("This server’s name (HELO)")).ToBeVisibleAsync();
        await Expect(owner.Locator("#k-Mail-Imap-Host-h")).ToHaveTextAsync("The mailbox.");
        await owner.Locator("#set-hours").ClickAsync();
        await Expect(owner.GetByRole(AriaRole.Heading, new() { Name = "Weather" })).ToBeVisibleAsync();
        await Expect(owner.Locator("#k-Weather-Enabled")).Not.ToBeCheckedAsync();
    }

    [BrowserFact]
    public async Task An_answer_that_was_overtaken_by_a_frame_does_not_count()
    {
        var owner = await OwnerAsync(ready: false);
        var (asked, answer) = (0, new TaskCompletionSource());
        await owner.RouteAsync("**/admin/mail", async route =>
        {
            Interlocked.Increment(ref asked);
            await answer.Task;
            await route.FulfillAsync(new() { ContentType = "application/json", Body = MailState().ToJsonString() });
        });
        await owner.ReloadAsync();
        await WatchedAsync();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref asked) >= 2);
        Tell(MailState("550 5.7.1 Relaying denied"));
        await Expect(Notice(owner)).ToContainTextAsync("E-mails are not going out.");
        var answered = owner.WaitForResponseAsync("**/admin/mail");

        answer.SetResult();

        await (await answered).FinishedAsync();
        // Whatever the page does with the answer, it has done before it answers this.
        await owner.EvaluateAsync("new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))");
        await Expect(Notice(owner)).ToContainTextAsync("E-mails are not going out.");
    }

    /// <summary>Says it to every dashboard as the server does.</summary>
    private void Tell(JsonObject state)
    {
        state["type"] = "mail";
        _server.Hub.Publish(Chats.Presence.AdminTopic, new Frame(Encoding.UTF8.GetBytes(state.ToJsonString())));
    }
}
