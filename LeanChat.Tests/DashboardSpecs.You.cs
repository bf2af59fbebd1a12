using LeanChat.People;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>One's own account, colleagues who join, and settings that are not lost by mistake.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task A_second_factor_is_turned_on_with_a_picture_and_asked_for_at_the_door()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-you").ClickAsync();
        await owner.GetByRole(AriaRole.Button, new() { Name = "Turn on", Exact = true }).ClickAsync();
        await Expect(owner.GetByRole(AriaRole.Img, new() { Name = "QR code for your app" })).ToBeVisibleAsync();
        var secret = (await owner.Locator(".key").TextContentAsync())!;
        secret.Should().MatchRegex("^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$");
        await CleanAsync(owner, "a second factor");
        await owner.Locator("#t-code").FillAsync("000000");
        await owner.Locator("#t-code").PressAsync("Enter");
        await Expect(owner.Locator("#set-p section form [role=alert]")).ToContainTextAsync("That code is wrong.");
        await owner.Locator("#t-code").FillAsync(CodeOf(secret));
        await owner.Locator("#t-code").PressAsync("Enter");
        await Expect(owner.Locator("#t-told")).ToBeFocusedAsync();
        var codes = (await owner.Locator("#set-p section .copy code").TextContentAsync())!.Split('\n');
        codes.Should().HaveCount(10);
        await CleanAsync(owner, "recovery codes");
        await owner.GetByRole(AriaRole.Button, new() { Name = "I’ve kept them" }).ClickAsync();
        await owner.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await owner.Locator("#d-email").FillAsync(Owner);
        await owner.Locator("#d-pass").FillAsync(Admin.Password);
        await owner.Keyboard.PressAsync("Enter");
        await Expect(owner.Locator("#door h1")).ToHaveTextAsync("Enter your code");
        await Expect(owner.Locator("#d-code")).ToBeFocusedAsync();
        await CleanAsync(owner, "the door asks for a code");
        await owner.Locator("#d-code").FillAsync("123456");
        await owner.Keyboard.PressAsync("Enter");
        await Expect(owner.Locator("#door .bad")).ToContainTextAsync("That code is wrong");
        await owner.Locator("#d-code").FillAsync(codes[0]);
        await owner.Keyboard.PressAsync("Enter");
        await Expect(owner.Locator("#set-b")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Name_and_address_are_ones_own_to_change()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-you").ClickAsync();
        await owner.Locator("#y-name").FillAsync("Mia Keller");
        await Expect(owner.Locator("#y-pass")).ToBeHiddenAsync();
        await owner.Locator("#y-mail").FillAsync("mia.keller@example.com");
        await owner.Locator("#y-pass").FillAsync("not this one");
        await owner.Locator("#y-pass").PressAsync("Enter");
        await Expect(owner.Locator("#set-p form").First.GetByRole(AriaRole.Alert)).Not.ToHaveTextAsync("");
        await owner.Locator("#y-pass").FillAsync(Admin.Password);
        await owner.Locator("#y-pass").PressAsync("Enter");
        await Expect(Toast(owner)).ToHaveTextAsync("Saved.");
        var me = (await _mia.GetAsync("/me")).Json!;
        ((string)me["name"]!, (string)me["email"]!).Should().Be(("Mia Keller", "mia.keller@example.com"));
    }

    [BrowserFact]
    public async Task A_colleague_joins_by_a_link()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-team").ClickAsync();
        await owner.Locator("#a-mail").FillAsync("leo@example.com");
        await owner.Locator("#a-mail").PressAsync("Enter");
        await Expect(owner.Locator("#a-link")).ToContainTextAsync("Send this link to leo@example.com.");
        await CleanAsync(owner, "an invitation");
        var link = (await owner.Locator("#a-link code").TextContentAsync())!;

        var leo = await ScreenAsync();
        await leo.GotoAsync(link);
        await Expect(leo.Locator("#door h1")).ToHaveTextAsync("Join the team");
        await CleanAsync(leo, "joining");
        await leo.Locator("#d-name").FillAsync("Leo");
        await leo.Locator("#d-pass").FillAsync(Admin.Password);
        await leo.Keyboard.PressAsync("Enter");
        await Expect(leo.Locator("#set-b")).ToBeVisibleAsync();
        leo.Url.Should().Be(_server.Origin + "/admin", "the token is used up and must not lie in the history");
        var late = await ScreenAsync();
        await late.GotoAsync(link);
        await late.Locator("#d-pass").FillAsync(Admin.Password);
        await late.Keyboard.PressAsync("Enter");
        await Expect(late.Locator("#door .bad")).ToHaveTextAsync("This link has been used or is out of date. Ask for a new one.");
    }

    [BrowserFact]
    public async Task Changed_settings_are_saved_by_a_button_in_sight_or_given_up_on_purpose()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        var save = owner.Locator("#set-p .sheet .go .pri");
        await Expect(save).ToBeInViewportAsync();
        await owner.Locator("#k-SiteUrl").FillAsync("shop.example");
        await save.ClickAsync();
        await Expect(Toast(owner)).ToHaveTextAsync("Saved.");
        await Expect(owner.Locator("#k-SiteUrl")).ToHaveValueAsync("https://shop.example");
        await owner.Locator("#k-Widget-Greetings").FillAsync("soon, /shelf, Questions?");
        await save.ClickAsync();
        await Expect(owner.Locator("#k-Widget-Greetings-c")).ToContainTextAsync("Greetings beside the chat button must have lines like");
        await Expect(Toast(owner)).ToHaveTextAsync("");
        await CleanAsync(owner, "a refused setting");

        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator("#ask-h")).ToHaveTextAsync("Discard changes?");
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(owner.Locator("#k-Widget-Greetings")).ToHaveValueAsync("soon, /shelf, Questions?");
        await owner.Locator("#set-team").ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        await Expect(owner.Locator("#a-mail")).ToBeVisibleAsync();
        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator("#set")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task A_saved_reply_fits_anywhere_and_knows_the_names()
    {
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        var owner = await OwnerAsync(width: 390, height: 780, phone: true);
        await _mia.PostAsync("/canned_replies", new { shortcut = "bye", content = "Goodbye {name}, yours {me}" });
        await Row(owner, jo).ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        (await HeightAsync(owner.Locator("#cp"))).Should().BeLessThan(64, "one line");
        await owner.Locator("#reply").FillAsync("It is on its way.");
        await owner.Locator("#saved").ClickAsync();
        await owner.Locator("#menu li").ClickAsync();
        await Expect(owner.Locator("#reply")).ToHaveValueAsync("It is on its way. Goodbye Jo, yours Mia");
        await CleanAsync(owner, "a reply on a phone");
        await owner.Locator("#back").ClickAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-replies").ClickAsync();
        await owner.GetByRole(AriaRole.Button, new() { Name = "Delete bye" }).ClickAsync();
        await Expect(owner.Locator("#set-p li")).ToHaveCountAsync(0);
        await Toast(owner).GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(owner.Locator("#set-p li")).ToHaveCountAsync(1);
    }

    /// <summary>What the app shows for a key in groups of four.</summary>
    private string CodeOf(string secret)
    {
        var bits = string.Concat(secret.Where(char.IsLetterOrDigit)
            .Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
        byte[] key = [.. bits.Chunk(8).Where(part => part.Length == 8).Select(part => Convert.ToByte(new string(part), 2))];
        return Totp.CodeOf(key, Totp.StepAt(_server.Clock.GetUtcNow()));
    }
}
