using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The list says what is so: names that can be read out, rows of the tab that is shown, whose words the last ones are.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task Tabs_and_rows_have_names_that_can_be_read_out()
    {
        var jo = await SomebodyAsync("Jo");
        await using var widget = await jo.OpenAsync();
        await SayAsync(jo, "Hello?");
        await SayAsync(jo, "Anybody?");
        var owner = await OwnerAsync();

        await Expect(owner.GetByRole(AriaRole.Tab, new() { Name = "Active 1", Exact = true })).ToBeVisibleAsync();
        await Expect(owner.GetByRole(AriaRole.Tab, new() { Name = "Archived", Exact = true })).ToBeVisibleAsync();
        await Expect(owner.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^Jo ?, online .+ Anybody\\? 2 unread$") }))
            .ToBeVisibleAsync();
        (await owner.EvaluateAsync<int>("document.querySelectorAll('a:not([href]), a[href=\"\"], a[href=\"#\"]').length"))
            .Should().Be(0, "every link leads somewhere");
        await Row(owner, jo).ClickAsync();
        await owner.Locator("#arch").ClickAsync();
        (await Toast(owner).TextContentAsync()).Should().Be("Archived. Undo");
    }

    [BrowserFact]
    public async Task A_tab_shows_its_own_rows_only_even_under_the_pointer()
    {
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(jo, "Two boards of oak");
        await SayAsync(ben, "Two boards of ash");
        var owner = await OwnerAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(2);
        await Row(owner, jo).HoverAsync();

        await owner.Keyboard.PressAsync("2");
        await Expect(owner.Locator("#tab-archived")).ToHaveAttributeAsync("aria-selected", "true");
        await Expect(owner.Locator("#none")).ToHaveTextAsync("Nothing archived.");
        (await Rows(owner).CountAsync()).Should().Be(0, "the other tab's rows are not this one's");
        await owner.Keyboard.PressAsync("1");
        await Expect(Rows(owner)).ToHaveCountAsync(2);

        // Rows under the pointer keep still when a message comes, but not when it is another search that is shown.
        await owner.Keyboard.PressAsync("/");
        await owner.Keyboard.TypeAsync("zzzz");
        await Expect(owner.Locator("#none")).ToHaveTextAsync("No results for “zzzz” in Active.");
        (await Rows(owner).CountAsync()).Should().Be(0);
        await owner.Locator("#q").FillAsync("oak");
        await Expect(owner.Locator("#none")).ToBeHiddenAsync();
        await Expect(Names(owner)).ToHaveTextAsync(["Jo"]);
        await owner.Locator("#q").FillAsync("");
        await Expect(Rows(owner)).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task A_search_that_failed_can_be_made_again()
    {
        await SayAsync(await SomebodyAsync("Jo"), "Two boards of oak");
        var owner = await OwnerAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await owner.RouteAsync("**/admin/chats?*q=*", route => route.AbortAsync());
        await owner.Locator("#q").FillAsync("oak");
        await Expect(Toast(owner)).ToContainTextAsync("The server can’t be reached.");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await owner.UnrouteAllAsync();

        await owner.Locator("#q").DispatchEventAsync("input");

        await Expect(owner.Locator("#rows .pv mark")).ToHaveTextAsync(["oak"]);
    }

    [BrowserFact]
    public async Task A_search_marks_what_it_has_found_however_it_is_written()
    {
        foreach (var text in (string[])[
            "The Große Straße is closed", "A CAFE\u0301 and a café, café", "I don’t know", "我想申请退款", "Isparta’da ısıtıcı"])
            await SayAsync(await SomebodyAsync("Jo"), text);
        var owner = await OwnerAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(5);
        foreach (var (query, marks) in (IEnumerable<(string, string[])>)[
            ("strasse GROSSE", ["Große", "Straße"]), ("cafe", ["CAFE\u0301", "café", "café"]),
            ("dont", ["don’t"]), ("退款", ["退款"]), ("isitici", ["ısıtıcı"])])
        {
            await owner.Locator("#q").FillAsync(query);
            await Expect(Rows(owner)).ToHaveCountAsync(1);
            await Expect(owner.Locator("#rows .pv mark")).ToHaveTextAsync(marks);
        }
    }

    [BrowserFact]
    public async Task What_shows_nothing_is_not_sent()
    {
        await SayAsync(await SomebodyAsync("Jo"), "Hello?");
        var owner = await OwnerAsync();
        await Rows(owner).First.ClickAsync();
        var box = owner.Locator("#cp textarea");
        await box.FillAsync(" \u200b\u3164\u2800");
        await owner.Keyboard.PressAsync("Enter");
        await Expect(box).ToHaveValueAsync(" \u200b\u3164\u2800");
        await box.FillAsync("\u200bHi");
        await owner.Keyboard.PressAsync("Enter");

        await Expect(owner.Locator("#log .m")).ToHaveCountAsync(2);
        await Expect(owner.Locator("#log .m").Last).ToContainTextAsync("Hi");
    }

    [BrowserFact]
    public async Task The_list_says_whose_words_the_last_ones_are()
    {
        var (jo, ann) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ann"));
        await jo.PostAsync("Hello?");
        await ann.PostAsync("Hello?");
        var mia = await OwnerAsync();
        var ben = await _server.AdminAsync("ben@example.com", "Ben");
        var bens = await OwnerAsync(ben);

        await ben.ReplyAsync(jo.ChatId, "Good morning");
        await Expect(Preview(mia, jo)).ToHaveTextAsync("Ben: Good morning");
        await Expect(Preview(bens, jo)).ToHaveTextAsync("You: Good morning");
        await _mia.ReplyAsync(jo.ChatId, "Good evening");
        await Expect(Preview(mia, jo)).ToHaveTextAsync("You: Good evening");
        await Expect(Preview(bens, jo)).ToHaveTextAsync("Mia: Good evening");
        await jo.PostAsync("Good night");
        await Expect(Preview(mia, jo)).ToHaveTextAsync("Good night");

        // Where two have the same name nobody can tell whose words these are: so it does not say that they are yours.
        var other = await _server.AdminAsync("other@example.com", "Mia");
        await mia.ReloadAsync();
        await other.ReplyAsync(ann.ChatId, "From the other one");
        await Expect(Preview(mia, ann)).ToHaveTextAsync("Mia: From the other one");
        (await _mia.ListAsync()).Select(row => (string?)row!["last_message_name"]).Should().BeEquivalentTo([null, "Mia"]);
    }

    [BrowserFact]
    public async Task Nothing_of_the_inbox_lies_over_the_sign_in()
    {
        var owner = await OwnerAsync();
        await owner.Keyboard.PressAsync("Shift");
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(jo, "Hello?");
        await SayAsync(ben, "Hello?");
        await Row(owner, jo).ClickAsync();
        await owner.Locator("#arch").ClickAsync();
        await Expect(Toast(owner)).ToContainTextAsync("Archived.");

        await _mia.PostAsync("/logout");

        await Expect(owner.Locator("#door")).ToBeVisibleAsync();
        await Expect(Toast(owner)).ToBeHiddenAsync();
        await Expect(owner).ToHaveTitleAsync("Sign in – LeanChat");
        (await owner.EvaluateAsync<double>("badge")).Should().Be(0);
        await owner.Locator("#d-email").FillAsync(Owner);
        await owner.Locator("#d-pass").FillAsync(Admin.Password);
        await owner.Keyboard.PressAsync("Enter");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await Expect(Toast(owner)).ToBeHiddenAsync();
        await Expect(owner).ToHaveTitleAsync(new Regex("– LeanChat$"));
    }

    [BrowserFact]
    public async Task What_is_new_has_its_line_even_where_it_began_before_the_newest_page()
    {
        var jo = await SomebodyAsync("Jo");
        for (var each = 1; each <= 60; each++)
            await SayAsync(jo, $"Message {each}");
        var owner = await OwnerAsync();

        await Row(owner, jo).ClickAsync();

        await Expect(owner.Locator(".day.new")).ToHaveCountAsync(1);
        await Expect(Bubbles(owner).Last).ToBeInViewportAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(50);
    }
}
