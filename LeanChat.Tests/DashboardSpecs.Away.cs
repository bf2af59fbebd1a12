using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The dashboard says whether visitors see the shop online and why, and one control changes it, in every open dashboard.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserTheory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task What_visitors_are_told_is_shown_and_chosen_in_one_place(int width, bool phone)
    {
        var owner = await OwnerAsync(width: width, phone: phone);
        var leo = await OwnerAsync(await _server.AdminAsync("leo@example.com", "Leo"));
        var jo = await SomebodyAsync("Jo");
        await using var widget = await jo.OpenAsync();
        var told = owner.Locator("#away");
        await Expect(told).ToHaveTextAsync("Visitors see: online — one of you is here");

        await told.ClickAsync();
        var choices = owner.GetByRole(AriaRole.Menuitemradio);
        await Expect(choices).ToHaveCountAsync(3);
        await Expect(choices.Nth(0)).ToHaveAttributeAsync("aria-checked", "true");
        await Expect(choices.Nth(0)).ToBeFocusedAsync();
        await CleanAsync(owner, "what visitors see");
        await choices.Nth(1).ClickAsync();

        foreach (var page in (IPage[])[owner, leo])
            await Expect(page.Locator("#away")).ToHaveTextAsync("Visitors see: away — you switched to Away");
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse();
        await Expect(owner.Locator("#away-m")).ToBeHiddenAsync();
        await leo.Locator("#away").ClickAsync();
        await leo.GetByRole(AriaRole.Menuitemradio, new() { NameRegex = new Regex("^Online") }).ClickAsync();
        await Expect(told).ToHaveTextAsync("Visitors see: online — you switched to Online");

        // 22 November 2026 is a Sunday.
        await _mia.RequestAsync(
            HttpMethod.Patch, "/settings",
            new Dictionary<string, string> { ["Hours:Open"] = "Mon-Fri 09:00-17:00", ["Presence"] = "auto" });
        await Expect(told).ToHaveTextAsync("Visitors see: away — outside your opening hours, until Mon 10:00");
        await leo.ReloadAsync();
        await Expect(leo.Locator("#away")).ToHaveTextAsync("Visitors see: away — outside your opening hours, until Mon 10:00");
        (await owner.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth")).Should().BeTrue();
    }

    [BrowserFact]
    public async Task What_configuration_says_of_presence_is_said_and_cannot_be_chosen()
    {
        await _server.DisposeAsync();
        _server = await LeanChatServer.StartAsync("Presence=away");
        var owner = await OwnerAsync();
        await Expect(owner.Locator("#away")).ToHaveTextAsync("Visitors see: away — fixed in the server’s configuration");
        await owner.Locator("#away").ClickAsync();
        await Expect(owner.Locator("#away-m")).ToContainTextAsync("Fixed in the server’s configuration.");
        foreach (var choice in await owner.GetByRole(AriaRole.Menuitemradio).AllAsync())
            await Expect(choice).ToBeDisabledAsync();
    }
}
