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
        await Expect(item).ToContainTextAsync("Ends on May 1, 2030");
        await CleanAsync(owner, "a new token");

        await owner.Locator("#set-team").ClickAsync();
        await owner.Locator("#set-links").ClickAsync();
        await Expect(item).ToContainTextAsync("Last used now");
        await Expect(shown).ToHaveCountAsync(0);
        await item.GetByRole(AriaRole.Button, new() { Name = "End Robo" }).ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await Expect(item).ToHaveCountAsync(0);
        (await bot.GetAsync("/me")).Status.Should().Be(401);
    }

    [BrowserFact]
    public async Task What_a_program_said_is_nobodys_own()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Where is my parcel?");
        var bot = await Bot.MakeAsync(_server, _mia, "Mia");
        await bot.SayAsync(visitor.ChatId, "On its way");
        var owner = await OwnerAsync();
        await owner.GotoAsync(_server.Origin + "/admin#chat=" + visitor.ChatId);

        await Expect(owner.Locator(".mt.me")).ToContainTextAsync("Mia");
        await Expect(owner.Locator(".mt.me")).ToContainTextAsync("via API");
        await Expect(owner.Locator(".mt.me")).Not.ToContainTextAsync("You");
    }
}
