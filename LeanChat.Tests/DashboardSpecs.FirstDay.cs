using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The first day: three cards, what is left to do, opening hours by day, the way back from our own page.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task Three_cards_lead_to_the_first_conversation_and_each_can_be_skipped()
    {
        var owner = await OwnerAsync();
        var cards = owner.Locator("#blank");
        await Expect(cards.Locator("[role=tab]")).ToHaveTextAsync(["1. Your shop", "2. Your website", "3. Notifications"]);
        var chat = owner.FrameLocator(".preview");
        await Expect(cards.Locator("#first-AppName")).ToBeDisabledAsync();
        await cards.Locator("#first-Widget-Greeting").FillAsync("Cup or bowl?");
        await Expect(chat.Locator(".title")).ToHaveTextAsync("Oak & Ash");
        await Expect(chat.Locator(".log")).ToContainTextAsync("Cup or bowl?");
        await cards.GetByRole(AriaRole.Button, new() { Name = "Save and continue" }).ClickAsync();

        await Expect(cards.Locator("code")).ToContainTextAsync("/widget.js");
        Setting("Widget:Greeting").Should().Be("Cup or bowl?");
        await cards.Locator("#first-site").SelectOptionAsync("Shopify");
        await Expect(cards).ToContainTextAsync("layout/theme.liquid");
        (await cards.GetByText("Open the demo shop").GetAttributeAsync("href")).Should().Be("/");
        await cards.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(cards.GetByRole(AriaRole.Button, new() { Name = "Set up e-mail" })).ToBeVisibleAsync();

        // Where one was, one is again.
        await owner.ReloadAsync();
        await cards.GetByRole(AriaRole.Button, new() { Name = "Set up e-mail" }).ClickAsync();
        await Expect(owner.Locator("#k-Mail-Smtp-Host")).ToBeVisibleAsync();
        await owner.Keyboard.PressAsync("Escape");
        await owner.Locator("#first-0").ClickAsync();
        await cards.GetByRole(AriaRole.Button, new() { Name = "Skip" }).ClickAsync();
        await Expect(cards.Locator("code")).ToBeVisibleAsync();
        (await Axe.ViolationsAsync(owner)).Should().BeEmpty();
    }

    [BrowserFact]
    public async Task A_quiet_list_says_what_is_left_to_do()
    {
        var owner = await OwnerAsync();
        var left = owner.Locator("#left");
        await Expect(left).ToContainTextAsync("Put the chat on your site");
        await Expect(left).Not.ToContainTextAsync("e-mail", new() { IgnoreCase = true });
        await owner.Locator(".ask").GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        await left.GetByRole(AriaRole.Button, new() { Name = "Set up e-mail" }).ClickAsync();
        await Expect(owner.Locator("#k-Mail-Smtp-Host")).ToBeVisibleAsync();
        await owner.Keyboard.PressAsync("Escape");
        await _server.AskAsync(HttpMethod.Get, "/widget.js", null, ("Sec-Fetch-Site", "cross-site"));
        var jo = await SomebodyAsync("Jo");
        await SayAsync(jo, "Hello");
        await Expect(left).Not.ToContainTextAsync("Put the chat on your site");

        await left.GetByRole(AriaRole.Button, new() { Name = "Hide this list" }).ClickAsync();
        await Expect(left).ToBeHiddenAsync();
        await owner.ReloadAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await Expect(left).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Opening_hours_are_set_day_by_day()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-hours").ClickAsync();
        foreach (var day in (string[])["Mon", "Tue", "Sat"])
            await owner.Locator($"#h-{day}").CheckAsync();
        await owner.GetByLabel("Saturday, to").FillAsync("13:00");
        await owner.Locator(".hours > div").Nth(1).GetByRole(AriaRole.Button, new() { Name = "Add a break" }).ClickAsync();
        await owner.GetByLabel("Tuesday, to").Nth(1).FillAsync("18:30");

        await Expect(owner.Locator("#k-Hours-Open")).ToHaveValueAsync(
            "Mon 09:00-17:00; Tue 09:00-12:00, 13:00-18:30; Sat 09:00-13:00");
        await Expect(owner.Locator("#k-Hours-TimeZone")).ToHaveValueAsync("Europe/Berlin");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(owner.Locator(".toast")).ToContainTextAsync("Saved.");
        Setting("Hours:Open").Should().Be("Mon 09:00-17:00; Tue 09:00-12:00, 13:00-18:30; Sat 09:00-13:00");
        Text.OpeningHoursParser.Parse(Setting("Hours:Open"), out _).Should().HaveCount(4);

        // In words of one's own it stays as it is.
        await owner.GetByText("As text").ClickAsync();
        await owner.Locator("#k-Hours-Open").FillAsync("weekdays 9-17");
        await Expect(owner.Locator(".hours")).ToHaveTextAsync("Set them day by day");
        await owner.Locator("#k-Hours-Open").FillAsync("Mon-Wed 9:00-17:00");
        await Expect(owner.Locator("#h-Wed")).ToBeCheckedAsync();
        await Expect(owner.GetByLabel("Wednesday, from")).ToHaveValueAsync("09:00");
    }

    [BrowserFact]
    public async Task Our_own_page_leads_back_to_the_shop()
    {
        var mia = await _server.AdminAsync();
        var changes = new Dictionary<string, string> { ["SiteUrl"] = "https://shop.example/pots" };
        (await mia.RequestAsync(HttpMethod.Patch, "/settings", changes)).Status.Should().Be(200);
        var visitor = await ScreenAsync();
        await visitor.GotoAsync(_server.Origin + "/chat");

        var back = visitor.Locator(".home");
        await Expect(back).ToHaveAttributeAsync("href", "https://shop.example/pots");
        await Expect(back).ToHaveAccessibleNameAsync("shop.example");
    }

    [BrowserFact]
    public async Task A_visitor_has_a_place_and_the_last_ten_pages_that_they_saw()
    {
        var owner = await OwnerAsync();
        var jo = await _server.VisitorAsync();
        await using var line = await jo.OpenAsync();
        await line.SayAsync(new { action = "page", url = "https://shop.example/", title = "Shop", time_zone = "Asia/Dubai" });
        await Eventually.IsTrueAsync(async () =>
            (await _server.QueryAsync("select id from users where time_zone = 'Asia/Dubai'")).Length == 1);
        await SayAsync(jo, "Hello");

        await Expect(owner.Locator("#rows .place")).ToHaveTextAsync("Dubai");
        for (var page = 1; page <= 12; page++)
            await line.SayAsync(new { action = "page", url = $"https://shop.example/{page}", title = $"Page {page}" });
        await line.SayAsync(new { action = "page", url = "https://shop.example/12", title = "Page 12 again" });
        await Eventually.IsTrueAsync(async () =>
            (string?)(await _mia!.OpenChatAsync(jo.ChatId))["page_title"] == "Page 12 again");
        await Rows(owner).ClickAsync();

        await Expect(owner.Locator(".inf")).ToContainTextAsync("Page 12 again");
        await owner.Locator(".seen summary").ClickAsync();
        await Expect(owner.Locator(".seen li a")).ToHaveTextAsync(
            Enumerable.Range(3, 9).Reverse().Select(page => $"Page {page}").ToArray());
    }

    [BrowserFact]
    public async Task A_row_drawn_aside_is_archived_and_can_be_had_back()
    {
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await jo.PostAsync("Hello");
        await ben.PostAsync("Hi");
        var phone = await OwnerAsync(width: 390, height: 780, phone: true);
        await Expect(Names(phone)).ToHaveTextAsync(["Ben", "Jo"]);
        var devtools = await phone.Context.NewCDPSessionAsync(phone);
        var box = (await Row(phone, jo).BoundingBoxAsync())!;

        await DrawAsync(60);
        await Expect(Names(phone)).ToHaveTextAsync(["Ben", "Jo"]);
        await DrawAsync(160);
        await Expect(Names(phone)).ToHaveTextAsync(["Ben"]);
        await phone.Locator(".toast").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(Names(phone)).ToHaveTextAsync(["Ben", "Jo"]);

        async Task DrawAsync(int far)
        {
            foreach (var (type, at) in ((string, int)[])[("touchStart", 0), ("touchMove", far / 2), ("touchMove", far), ("touchEnd", far)])
            {
                object[] touches = type == "touchEnd" ? [] : [new { x = box.X + 250 - at, y = box.Y + 20 }];
                await devtools.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = type, ["touchPoints"] = touches });
            }
        }
    }

    private string Setting(string key) => _server.Get<Configuration.CurrentSettings>().Value[key];
}
