using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Setting up e-mail in both directions, and one notice for all that is wrong with it.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task A_provider_fills_in_its_servers_and_says_what_it_needs()
    {
        var owner = await OwnerAsync();
        await WithMailboxAsync(owner);
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-mail").ClickAsync();
        var provider = owner.GetByLabel("Your e-mail provider");
        await Expect(owner.GetByRole(AriaRole.Heading, new() { Name = "Receiving answers" })).ToBeVisibleAsync();
        foreach (var (name, smtp, imap, hint) in ((string, string, string, string)[])[
            ("Gmail", "smtp.gmail.com:587 starttls", "imap.gmail.com:993 tls", "app password"),
            ("Google Workspace", "smtp.gmail.com:587 starttls", "imap.gmail.com:993 tls", "administrator"),
            ("Fastmail", "smtp.fastmail.com:465 tls", "imap.fastmail.com:993 tls", "app password"),
            ("mailbox.org", "smtp.mailbox.org:465 tls", "imap.mailbox.org:993 tls", "two-factor"),
            ("IONOS", "smtp.ionos.com:465 tls", "imap.ionos.com:993 tls", "whole e-mail address"),
            ("Strato", "smtp.strato.de:465 tls", "imap.strato.de:993 tls", "whole e-mail address"),
            ("OVH", "ssl0.ovh.net:465 tls", "ssl0.ovh.net:993 tls", "whole e-mail address"),
            ("Zoho", "smtp.zoho.com:465 tls", "imap.zoho.com:993 tls", ".eu"),
            ("Microsoft 365, Outlook.com", "smtp.zoho.com:465 tls", "imap.zoho.com:993 tls", "takes no passwords for this any more"),
            ("Another", "smtp.zoho.com:465 tls", "imap.zoho.com:993 tls", "IMAP for receiving")])
        {
            await provider.SelectOptionAsync(name);
            (await ServerAsync("Smtp"), await ServerAsync("Imap")).Should().Be((smtp, imap), name);
            await Expect(owner.Locator("#provider-h")).ToContainTextAsync(hint);
        }

        await CleanAsync(owner, "the provider");
        await provider.SelectOptionAsync("Fastmail");
        await owner.UnrouteAllAsync();
        await owner.Locator("#k-Mail-Imap-Port").DispatchEventAsync("input");

        async Task<string> ServerAsync(string way)
        {
            var parts = new List<string>();
            foreach (var part in (string[])["Host", "Port", "Security"])
                parts.Add(await owner.Locator($"#k-Mail-{way}-{part}").InputValueAsync());
            return $"{parts[0]}:{parts[1]} {parts[2]}";
        }
    }

    [BrowserFact]
    public async Task A_test_goes_to_the_mailbox_and_is_waited_for()
    {
        var owner = await OwnerAsync();
        await WithMailboxAsync(owner, "imap.shop.example");
        var asked = new List<string>();
        await owner.RouteAsync("**/admin/settings/test_mail", async route =>
        {
            asked.Add(route.Request.PostData ?? "");
            await route.FulfillAsync(new() { Status = 204 });
        });
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-mail").ClickAsync();
        var came = owner.Locator("#set-p p.small[role=status]");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Send a test e-mail" }).ClickAsync();
        await Expect(came).ToHaveTextAsync("Sent. Waiting for it to come back …");
        asked.Should().Equal("""{"reply":true}""");

        var state = MailState();
        state["receiving"] = Receiving();
        state["test"] = new JsonObject { ["sent_at"] = "2026-11-22T09:00:00.000Z", ["answered_at"] = "2026-11-22T09:00:04.100Z" };
        // A question that is still on its way would be answered with what was before.
        await owner.RouteAsync("**/admin/mail", route => route.FulfillAsync(
            new() { ContentType = "application/json", Body = state.ToJsonString() }));
        Tell(state.DeepClone().AsObject());

        await Expect(came).ToHaveTextAsync("It came back after 4 s.");
    }

    [BrowserFact]
    public async Task All_trouble_with_e_mail_is_one_notice_with_what_to_do()
    {
        var owner = await OwnerAsync();
        await Expect(Notice(owner)).ToContainTextAsync("E-mail isn’t set up");
        var state = MailState("535 5.7.8 Authentication failed");
        state["receiving"] = Receiving("NO [ALERT] Application-specific password required");
        state["untaken"] = new JsonArray(
            new JsonObject { ["from"] = "mia@example.com", ["why"] = "It came from two senders.", ["at"] = "2026-11-22T08:00:00.000Z" });
        Tell(state.DeepClone().AsObject());

        await Expect(Notice(owner)).ToContainTextAsync(
            "E-mails are not going out.The mail server says: “535 5.7.8 Authentication failed”Check the username and the password.");
        await Expect(Notice(owner)).ToContainTextAsync("Answers by e-mail are not coming in.");
        await Expect(Notice(owner)).ToContainTextAsync("Make an app password with your e-mail provider");
        await Expect(Notice(owner)).ToContainTextAsync("One answer by e-mail was not taken.mia@example.com: It came from two senders.");
        await Expect(Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Dismiss" })).ToHaveCountAsync(1);
        await CleanAsync(owner, "all that is wrong with e-mail");
        await Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Open the e-mail settings" }).ClickAsync();
        await Expect(owner.Locator("#provider")).ToBeVisibleAsync();
        // The tab has asked the server, which knows nothing of this.
        Tell(state.DeepClone().AsObject());
        await Expect(owner.Locator("#set-p .note")).ToContainTextAsync("Answers by e-mail are not coming in.");
        await owner.Keyboard.PressAsync("Escape");

        await Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        await Expect(Notice(owner)).Not.ToContainTextAsync("e-mail was not taken");
        state["untaken"]!.AsArray().Insert(0, new JsonObject
        {
            ["from"] = "leo@example.com",
            ["why"] = "It is from another address.",
            ["at"] = "2026-11-22T10:00:00.000Z",
        });
        Tell(state.DeepClone().AsObject());
        await Expect(Notice(owner)).ToContainTextAsync("2 answers by e-mail were not taken.leo@example.com: It is from another address.");
        Tell(MailState());
        await Expect(Notice(owner)).Not.ToContainTextAsync("not taken");
    }

    [BrowserFact]
    public async Task What_the_mail_server_did_not_say_is_not_put_into_its_mouth()
    {
        var owner = await OwnerAsync();
        await Expect(Notice(owner)).ToContainTextAsync("E-mail isn’t set up");
        var state = MailState("The mail server did not answer in time.");
        state["receiving"] = Receiving("The connection was refused: no mail server listens on this port.");

        Tell(state);

        await Expect(Notice(owner)).ToContainTextAsync(
            "E-mails are not going out.The mail server did not answer in time.Check the mail server’s name and port.");
        await Expect(Notice(owner)).ToContainTextAsync(
            "Answers by e-mail are not coming in.The connection was refused: no mail server listens on this port."
            + "Check the mail server’s name and port.");
        Tell(MailState());
        await Expect(Notice(owner)).Not.ToContainTextAsync("not coming in");
    }

    private static JsonObject Receiving(string? error = null) => new()
    {
        ["ok"] = error is null,
        ["error"] = error,
        ["since"] = error is null ? null : "2026-11-22T09:30:00.000Z",
        ["last_at"] = null,
    };

    /// <summary>Settings of a mailbox among the server's own.</summary>
    private static Task<IAsyncDisposable> WithMailboxAsync(IPage page, string host = "") =>
        page.RouteAsync("**/admin/settings", async route =>
        {
            var response = await route.FetchAsync();
            var settings = JsonNode.Parse(await response.TextAsync())!.AsObject();
            string[] ways = ["none", "starttls", "tls", "auto"];
            foreach (var (name, value) in ((string, string)[])[("Host", host), ("Port", "993"), ("Security", "auto"), ("User", "")])
                settings[$"Mail:Imap:{name}"] = new JsonObject
                {
                    ["value"] = value,
                    ["fixed"] = false,
                    ["about"] = $"The mailbox: {name}.",
                    ["choices"] = name == "Security" ? new JsonArray([.. ways.Select(way => JsonValue.Create(way))]) : null,
                };
            await route.FulfillAsync(new() { Response = response, Body = settings.ToJsonString() });
        });
}
