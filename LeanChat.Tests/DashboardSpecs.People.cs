using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The visitor behind a conversation, and the settings.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task Where_a_visitor_is_and_who_they_are_stands_beside_the_conversation()
    {
        var owner = await OwnerAsync();
        var jo = await _server.VisitorAsync();
        await using var widget = await jo.OpenAsync();
        await widget.SayAsync(new
        {
            action = "page",
            url = "https://shop.example/shelf?x=1",
            title = "Oak shelf",
            referrer = "https://www.google.com/",
            locale = "fr-FR",
            time_zone = "Europe/Paris",
        });
        await jo.PostAsync("Hello?");
        await Row(owner, jo).ClickAsync();

        await Expect(owner.Locator("#where")).ToHaveTextAsync("Online · viewing /shelf?x=1");
        var pane = owner.GetByRole(AriaRole.Complementary, new() { Name = "Visitor details" });
        foreach (var fact in (string[])["Not given yet", "Paris", "French", "Oak shelf", "google.com"])
            await Expect(pane).ToContainTextAsync(fact);
        await widget.SayAsync(new { action = "page", url = "https://shop.example/cart", title = "Cart" });
        await Expect(owner.Locator("#where")).ToHaveTextAsync("Online · viewing /cart");
        await jo.IdentifyAsync(new { email = "jo@example.org" });
        await Expect(pane).ToContainTextAsync("jo@example.org unverified");
        await Expect(owner.Locator("#who")).ToHaveTextAsync("jo@example.org");
    }

    [BrowserFact]
    public async Task A_visitor_can_be_named_blocked_and_let_in_again()
    {
        var owner = await OwnerAsync();
        var jo = await _server.VisitorAsync();
        await jo.PostAsync("Hello?");
        await Row(owner, jo).ClickAsync();
        await owner.Locator("#v-name").FillAsync("Jo from Lyon");
        await owner.Locator("#v-name").PressAsync("Enter");
        await Expect(Row(owner, jo).Locator(".nm")).ToHaveTextAsync("Jo from Lyon");
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo from Lyon");

        await owner.Locator("#block").ClickAsync();
        await Expect(owner.Locator("#ask-d")).ToContainTextAsync("Block Jo from Lyon?");
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        (await jo.PostAsync("Still here")).Status.Should().Be(201);
        await owner.Locator("#block").ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Block" }).ClickAsync();
        await Expect(owner.Locator("#block")).ToHaveTextAsync("Unblock");
        await Eventually.IsTrueAsync(async () => (await jo.PostAsync("Let me in")).Error == "forbidden");
        await owner.ReloadAsync();
        await Expect(owner.Locator("#where")).ToHaveTextAsync("Blocked");
        await owner.Locator("#block").ClickAsync();

        await Eventually.IsTrueAsync(async () => (await jo.PostAsync("Thank you")).Status == 201);
        await Expect(Bubbles(owner).Last).ToContainTextAsync("Thank you");
    }

    /// <summary>The chat is asked for before the change, and the answer arrives after it.</summary>
    [BrowserTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_late_answer_takes_back_nothing_that_was_changed_meanwhile(bool noted)
    {
        var owner = await OwnerAsync();
        var jo = await _server.VisitorAsync();
        await jo.PostAsync("Hello?");
        await using var widget = await jo.OpenAsync();
        await widget.SayAsync(new { action = "page", url = "https://shop.example/shelf", title = "Oak shelf" });
        await widget.SettleAsync();
        var (chat, leo) = (jo.ChatId, await _server.AdminAsync("leo@example.com", "Leo"));
        var (asked, changed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await owner.RouteAsync($"**/admin/chats/{chat}", async route =>
        {
            var answer = await route.FetchAsync();
            asked.TrySetResult();
            await changed.Task;
            await route.FulfillAsync(new() { Response = answer });
        });
        await Row(owner, jo).ClickAsync();
        await asked.Task;
        await owner.Locator("#v-name").FillAsync("Jo from Lyon");
        await owner.Locator("#v-name").PressAsync("Enter");
        await Eventually.IsTrueAsync(async () => (await _server.QueryAsync("select name from users")).Contains("Jo from Lyon"));
        if (noted)
            (await leo.PostAsync($"/chats/{chat}/notes", new { content = "She called" })).Status.Should().Be(201);
        changed.SetResult();

        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        await Expect(Row(owner, jo).Locator(".nm")).ToHaveTextAsync("Jo from Lyon, online");
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo from Lyon");
        if (noted)
            await Expect(owner.Locator("#log")).ToContainTextAsync("She called");
        await Expect(owner.Locator(".inf")).ToContainTextAsync("Oak shelf", new() { UseInnerText = true });
    }

    [BrowserFact]
    public async Task A_conversation_is_saved_as_a_text_or_handed_to_another_app()
    {
        var jo = await SomebodyAsync("Jo & Söhne");
        await jo.PostAsync("Where is my stool?");
        var owner = await OwnerAsync();
        await Row(owner, jo).ClickAsync();
        await ReplyAsync(owner, "On its way.");

        var saved = await owner.RunAndWaitForDownloadAsync(() => owner.Locator("#share").ClickAsync());
        saved.SuggestedFilename.Should().Be("Jo-Söhne.txt");
        (await System.IO.File.ReadAllTextAsync(await saved.PathAsync())).Should().Contain("Where is my stool?").And.Contain("On its way.");

        var phone = await AnotherTabAsync(owner);
        await phone.AddInitScriptAsync(
            "Object.assign(navigator, { canShare: () => true, share: async what => (window.shared = await what.files[0].text()) })");
        await phone.ReloadAsync();
        await Row(phone, jo).ClickAsync();
        await phone.GetByRole(AriaRole.Button, new() { Name = "Share the conversation" }).ClickAsync();
        await Eventually.IsTrueAsync(async () => (await phone.EvaluateAsync<string?>("window.shared"))?.Contains("stool") == true);
    }

    [BrowserFact]
    public async Task Erasing_warns_first_and_leaves_nothing()
    {
        var owner = await OwnerAsync();
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await ben.PostAsync("Hello?");
        await jo.PostAsync("My secret");
        var other = await AnotherTabAsync(owner);
        await Row(owner, jo).ClickAsync();
        await owner.Locator("#erase").ClickAsync();
        await Expect(owner.Locator("#ask-d")).ToContainTextAsync("It can’t be undone.");
        await Expect(owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Cancel" })).ToBeFocusedAsync();
        await owner.Keyboard.PressAsync("Escape");
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);

        await owner.Locator("#erase").ClickAsync();
        await owner.GetByRole(AriaRole.Button, new() { Name = "Erase for good" }).ClickAsync();

        await Expect(Names(owner)).ToHaveTextAsync(["Ben"]);
        await Expect(Names(other)).ToHaveTextAsync(["Ben"]);
        await Expect(owner.Locator("#log")).ToBeHiddenAsync();
        (await _server.QueryAsync("select content from support_messages")).Should().Equal("Hello?");
    }

    [BrowserFact]
    public async Task A_changed_setting_shows_in_the_widget()
    {
        await using var shop = await Website.ShopAsync(_server);
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await Expect(owner.Locator("#k-Widget-Title-h")).ToHaveTextAsync("Leave empty to use your shop name.");
        await Expect(owner.Locator("#k-AppName")).ToBeDisabledAsync();
        await Expect(owner.Locator("#k-AppName-h")).ToContainTextAsync("Fixed in the server’s configuration.");
        await Expect(owner.Locator("#k-Widget-Position option")).ToHaveTextAsync(["Right", "Left"]);
        await owner.Locator("#k-Widget-Title").FillAsync("Ask the carpenter");
        await owner.Locator("#k-Widget-Color").FillAsync("#b3261e");
        await owner.Locator("#k-Widget-Position").SelectOptionAsync("left");
        await owner.Locator("#set-p form .pri").ClickAsync();
        await Expect(Toast(owner)).ToHaveTextAsync("Saved.");

        var visitor = await ScreenAsync();
        await visitor.GotoAsync(shop.Origin);
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        await visitor.EvaluateAsync("LeanChat('open')");
        await Expect(visitor.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Ask the carpenter");
        (await visitor.Locator(".launcher").BoundingBoxAsync())!.X.Should().BeLessThan(100);
        (await visitor.Locator(".launcher").EvaluateAsync<string>("node => getComputedStyle(node).backgroundColor"))
            .Should().Be("rgb(179, 38, 30)");

        await owner.Locator("#set-hours").ClickAsync();
        await owner.Locator("#k-Hours-TimeZone").SelectOptionAsync("America/New_York");
        await owner.GetByText("As text").ClickAsync();
        await owner.Locator("#k-Hours-Open").FillAsync("whenever");
        await owner.Locator("#set-p form .pri").ClickAsync();
        await Expect(owner.Locator("#set-p [role=alert]")).ToContainTextAsync("must be opening hours like");
        await owner.Locator("#k-Hours-Open").FillAsync("Mon-Fri 09:00-17:00");
        await owner.Locator("#set-p form .pri").ClickAsync();
        await Eventually.IsTrueAsync(
            async () => (string?)(await _mia.GetAsync("/settings")).Json!["Hours:TimeZone"]!["value"] == "America/New_York");
    }

    [BrowserFact]
    public async Task A_colleague_is_removed_and_a_password_changed()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-team").ClickAsync();
        await Expect(owner.Locator("#set-p li")).ToHaveCountAsync(1);
        var ben = await _server.AdminAsync("ben@example.com", "Ben");
        await owner.Locator("#set-you").ClickAsync();
        await owner.Locator("#set-team").ClickAsync();
        await Expect(owner.Locator("#set-p li")).ToHaveCountAsync(2);
        await owner.GetByRole(AriaRole.Button, new() { Name = "Remove ben@example.com" }).ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Expect(owner.Locator("#set-p li")).ToHaveCountAsync(1);
        (await ben.GetAsync("/me")).Status.Should().Be(401);

        await owner.Locator("#set-you").ClickAsync();
        await owner.Locator("#y-old").FillAsync(Admin.Password);
        await owner.Locator("#y-new").FillAsync("another horse entirely");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        await Expect(Toast(owner)).ToContainTextAsync("Password changed.");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(owner.Locator("#door h1")).ToHaveTextAsync("Sign in to your inbox");
        (await new Admin(_server, Owner).SignInAsync("another horse entirely")).Cookie.Should().NotBeEmpty();
    }
}
