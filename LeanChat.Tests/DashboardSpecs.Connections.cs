using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Settings, Connections: API tokens.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task A_token_is_made_shown_once_and_ended()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-links").ClickAsync();
        await owner.Locator("#k-name").FillAsync("Robo");
        await owner.Locator("#k-end").FillAsync("2030-05-01");
        await owner.Locator("#k-name").PressAsync("Enter");
        var shown = owner.Locator("#k-made code");
        await Expect(shown).ToBeVisibleAsync();
        var bot = new Bot(_server, (await shown.TextContentAsync())!);
        (await bot.GetAsync("/me")).Status.Should().Be(200);
        var item = owner.Locator("#set-p li").First;
        await Expect(item).ToContainTextAsync("Robo");
        await Expect(item).ToContainTextAsync("Never used");
        await Expect(item).ToContainTextAsync("Ends on 1 May 2030");
        await CleanAsync(owner, "a new token");

        await owner.Locator("#set-team").ClickAsync();
        await owner.Locator("#set-links").ClickAsync();
        await Expect(item).ToContainTextAsync("Last used");
        await Expect(shown).ToHaveCountAsync(0);
        await item.GetByRole(AriaRole.Button, new() { Name = "End Robo" }).ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await Expect(item).ToHaveCountAsync(0);
        (await bot.GetAsync("/me")).Status.Should().Be(401);
    }

    [BrowserFact]
    public async Task What_a_program_said_is_nobodys_own()
    {
        var owner = await OwnerAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Where is my parcel?");
        var bot = await Bot.MakeAsync(_server, _mia, "Mia");
        await bot.SayAsync(visitor.ChatId, "On its way");
        await owner.GotoAsync(_server.Origin + "/admin#chat=" + visitor.ChatId);

        await Expect(owner.Locator(".mt.me")).ToContainTextAsync("Mia");
        await Expect(owner.Locator(".mt.me")).ToContainTextAsync("via API");
        await Expect(owner.Locator(".mt.me")).Not.ToContainTextAsync("You");
    }

    [BrowserFact]
    public async Task A_webhook_is_added_tried_looked_at_and_changed()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-links").ClickAsync();
        await owner.Locator("#w-new-url").FillAsync("https://127.0.0.1/");
        await owner.Locator("#w-new-url").PressAsync("Enter");
        await Expect(owner.Locator("#set-p form").Last.GetByRole(AriaRole.Alert)).ToContainTextAsync("public internet");
        await owner.Locator("#w-new-url").FillAsync("https://localhost:9/");
        await owner.Locator("#w-new-url").PressAsync("Enter");
        await Expect(owner.Locator("#w-made code")).ToContainTextAsync("whsec_");
        await CleanAsync(owner, "a new webhook");

        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");
        var hook = owner.Locator("li.hook");
        await hook.Locator("summary").First.ClickAsync();
        await Expect(hook.Locator(".told")).ToContainTextAsync("message.created");
        await hook.GetByRole(AriaRole.Button, new() { Name = "Test", Exact = true }).ClickAsync();
        await Expect(hook.GetByRole(AriaRole.Status)).ToContainTextAsync("private network");
        await hook.GetByRole(AriaRole.Button, new() { Name = "Show message.created" }).ClickAsync();
        await Expect(hook.Locator("pre")).ToContainTextAsync("\"content\": \"Hello\"");
        await hook.GetByRole(AriaRole.Button, new() { Name = "Send message.created again" }).ClickAsync();
        await Expect(hook.Locator(".told")).ToContainTextAsync("private network");
        await CleanAsync(owner, "a webhook and what it was told");

        await hook.GetByRole(AriaRole.Button, new() { Name = "Turn off", Exact = true }).ClickAsync();
        await Expect(hook).ToContainTextAsync("Off");
        await hook.Locator("summary").First.ClickAsync();
        await hook.GetByRole(AriaRole.Button, new() { Name = "Turn on", Exact = true }).ClickAsync();
        await Expect(hook).ToContainTextAsync("On");
        await hook.Locator("summary").First.ClickAsync();
        await hook.GetByRole(AriaRole.Button, new() { Name = "Remove https" }).ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Expect(hook).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_webhook_that_was_turned_off_is_said_above_the_list()
    {
        var owner = await OwnerAsync();
        await _server.Database.WriteAsync(tx =>
        {
            using var command = tx.Connection.CreateCommand();
            command.CommandText = """
                insert into webhooks (id, url, events, secret, created_at, enabled, stopped)
                values ('w', 'https://shop.example/', 'chat.created', 'x', '2026-11-22T09:00:00.000Z', 0, 'gone')
                """;
            return command.ExecuteNonQuery();
        });
        await owner.ReloadAsync();

        await Expect(owner.Locator(".ask")).ToContainTextAsync("A webhook was turned off.");
        await owner.Locator(".ask").GetByRole(AriaRole.Button, new() { Name = "Open the connections" }).ClickAsync();
        await Expect(owner.Locator("li.hook")).ToContainTextAsync("it answered that it is gone");
    }
}
