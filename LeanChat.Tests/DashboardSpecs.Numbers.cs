using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>How it goes, on one page.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task The_numbers_are_drawn_have_a_table_behind_them_and_can_be_taken_away()
    {
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await jo.PostAsync("Hello?");
        await ben.PostAsync("Hello?");
        var owner = await OwnerAsync();
        _server.Clock.Advance(TimeSpan.FromMinutes(3));
        await _mia.ReplyAsync(jo.ChatId, "Good morning");
        await owner.Keyboard.PressAsync("g");

        await Expect(owner.Locator("#num")).ToBeVisibleAsync();
        await Expect(owner.Locator("#num-30")).ToBeFocusedAsync();
        await Expect(owner.Locator(".tiles dd")).ToHaveTextAsync(
            ["21 reply", "3 min3 min in opening hours", "0no reply for a day", "–no ratings yet"]);
        await Expect(owner.Locator("#num .chart")).ToHaveCountAsync(3);
        await CleanAsync(owner, "the numbers");
        await owner.Keyboard.PressAsync("ArrowLeft");
        await Expect(owner.Locator("#num .chart").First.Locator("rect:not(.area)")).ToHaveCountAsync(7);
        await owner.Locator("#num summary").First.ClickAsync();
        await Expect(owner.Locator("#num tbody").First.Locator("tr")).ToHaveCountAsync(7);
        await Expect(owner.Locator("#num tbody").First.Locator("tr").Last).ToContainTextAsync("2");
        await CleanAsync(owner, "a table of numbers");

        var download = await owner.RunAndWaitForDownloadAsync(() => owner.Locator("#num-csv").ClickAsync());
        download.SuggestedFilename.Should().EndWith(".csv");
        var lines = (await System.IO.File.ReadAllTextAsync(await download.PathAsync())).Split("\r\n");
        lines.Should().HaveCount(8);
        lines[0].Should().StartWith("date,conversations,user_messages,admin_messages,first_reply_median");
        lines[^1].Should().Contain(",2,2,1,180,");
        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator("#num")).ToBeHiddenAsync();
    }
}
