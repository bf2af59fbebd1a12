using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Everybody can work with it: no state of the dashboard has anything for axe to find.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task The_door_keeps_nobody_out()
    {
        var owner = await ScreenAsync();
        await owner.GotoAsync($"{_server.Origin}/admin#setup={_server.SetupToken}");
        await Expect(owner.Locator("#d-name")).ToBeVisibleAsync();
        await CleanAsync(owner, "set-up");
        await owner.Locator("#door .btn").ClickAsync();
        await CleanAsync(owner, "set-up with a complaint");

        var known = await OwnerAsync();
        await CleanAsync(known, "empty inbox");
        await known.Locator("#set-b").ClickAsync();
        await known.Locator("#set-you").ClickAsync();
        await known.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(known.Locator("#door h1")).ToHaveTextAsync("Sign in to your inbox");
        await CleanAsync(known, "sign-in");
    }

    [BrowserTheory]
    [InlineData("wide")]
    [InlineData("narrow")]
    [InlineData("phone")]
    public async Task No_state_has_anything_for_axe_to_find(string screen)
    {
        // The narrow screen has the wide one's colours.
        Looks = screen == "narrow" ? Looks[..1] : Looks;
        var (jo, ben) = (await SomebodyAsync("Jo", "jo@example.org"), await SomebodyAsync("Ben"));
        await using var widget = await jo.OpenAsync();
        await widget.SayAsync(new
        {
            action = "page",
            url = "https://shop.example/shelf",
            title = "Oak shelf",
            referrer = "https://www.google.com/",
            locale = "fr-FR",
            time_zone = "Europe/Paris",
        });
        await ben.PostAsync("Two boards, please");
        await SayAsync(jo, "Hello? https://shop.example/shelf");
        var owner = screen switch
        {
            "wide" => await OwnerAsync(),
            "narrow" => await OwnerAsync(width: 900),
            _ => await OwnerAsync(width: 390, height: 780, phone: true),
        };
        await Expect(Rows(owner)).ToHaveCountAsync(2);
        await CleanAsync(owner, "list");
        await owner.Locator("#q").FillAsync("boards");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await CleanAsync(owner, "search");
        await owner.Locator("#q").FillAsync("nothing like that");
        await Expect(owner.Locator("#none")).ToBeVisibleAsync();
        await CleanAsync(owner, "search for nothing");
        await owner.Locator("#q").FillAsync("");
        await Expect(Rows(owner)).ToHaveCountAsync(2);

        await Row(owner, jo).ClickAsync();
        await _mia.ReplyAsync(jo.ChatId, "Hello Jo");
        await Expect(Bubbles(owner)).ToHaveCountAsync(2);
        await CleanAsync(owner, "conversation");
        if (screen != "wide")
        {
            await owner.Locator("#info-b").ClickAsync();
            await CleanAsync(owner, "visitor");
            await owner.Locator("#infoclose").ClickAsync();
            await Expect(owner.Locator("#infoclose")).ToBeHiddenAsync();
        }

        await owner.Locator("#reply").FillAsync("/");
        await Expect(owner.Locator("#menu")).ToBeVisibleAsync();
        await CleanAsync(owner, "saved replies, none yet");
        await owner.Locator("#reply").FillAsync("");
        if (screen == "wide")
        {
            await owner.Context.SetOfflineAsync(true);
            await ReplyAsync(owner, "Are you there?");
            await Expect(owner.Locator(".mt.me").Last).ToContainTextAsync("Sends when");
            await Expect(owner.Locator("#banner")).ToContainTextAsync("offline", new() { Timeout = 15_000 });
            await CleanAsync(owner, "offline");
            await owner.Context.SetOfflineAsync(false);
            await Expect(owner.Locator("#banner")).ToHaveTextAsync("", new() { Timeout = 15_000 });
        }

        await owner.Locator("#arch").ClickAsync();
        await Expect(Toast(owner)).ToContainTextAsync("Archived.");
        await CleanAsync(owner, "undo");
        if (screen == "phone" && await owner.Locator("#back").IsVisibleAsync())
            await owner.Locator("#back").ClickAsync();
        await owner.Locator("#tab-archived").ClickAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await CleanAsync(owner, "archive");
        await owner.Locator("#set-b").ClickAsync();
        foreach (var tab in (string[])["site", "hours", "mail", "replies", "team", "you"])
        {
            await owner.Locator("#set-" + tab).ClickAsync();
            if (screen == "phone")
                await Expect(owner.Locator("#set-h")).Not.ToHaveTextAsync("Settings");
            await Expect(owner.Locator("#set-p")).ToHaveAttributeAsync("aria-labelledby", "set-" + tab);
            await Expect(owner.Locator("#set-p .btn").First).ToBeVisibleAsync();
            await CleanAsync(owner, "settings: " + tab);
            if (screen == "phone")
                await owner.Locator("#set-back").ClickAsync();
        }

        if (screen == "phone")
        {
            await Expect(owner.Locator("#set-h")).ToHaveTextAsync("Settings");
            await Expect(owner.Locator("#set-p")).ToBeHiddenAsync();
            await CleanAsync(owner, "settings, the list");
        }

        await owner.Keyboard.PressAsync("Escape");
        if (screen == "wide")
        {
            await owner.Locator("#help-b").ClickAsync();
            await CleanAsync(owner, "help");
            await owner.Keyboard.PressAsync("Escape");
            await Row(owner, jo).ClickAsync();
            await owner.Locator("#erase").ClickAsync();
            await CleanAsync(owner, "a question");
        }
    }

    /// <summary>In light, in dark, and in a system's own few colours.</summary>
    private (ColorScheme Scheme, ForcedColors Forced)[] Looks { get; set; } =
    [
        (ColorScheme.Light, ForcedColors.None), (ColorScheme.Dark, ForcedColors.None), (ColorScheme.Light, ForcedColors.Active),
    ];

    private async Task CleanAsync(IPage page, string state)
    {
        foreach (var (scheme, forced) in Looks)
        {
            // Without motion: half-faded text would be found too pale.
            await page.EmulateMediaAsync(new() { ColorScheme = scheme, ForcedColors = forced, ReducedMotion = ReducedMotion.Reduce });
            (await Axe.ViolationsAsync(page)).Should().BeEmpty($"{state}, {scheme}, forced colours {forced}");
        }
    }
}
