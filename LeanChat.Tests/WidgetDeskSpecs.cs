using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>What an owner sets for visitors, and what admins do to a conversation, as a visitor sees it.</summary>
public sealed class WidgetDeskSpecs(Browser browser) : WidgetStories(browser)
{
    [BrowserFact]
    public async Task The_first_greeting_that_fits_is_shown_until_it_is_waved_away()
    {
        var mia = await Server.AdminAsync();
        await SetAsync(mia, "Widget:Greetings", "0, /nowhere, Never shown\n0, ?from=MAIL, Thanks for reading\n0, , Need a hand?");
        var visitor = await VisitAsync("");

        await Expect(visitor.Locator(".peek")).ToContainTextAsync("Need a hand?");
        (await Server.QueryAsync("select id from users")).Should().BeEmpty("nothing is stored before the visitor acts");
        await visitor.GotoAsync(visitor.Url.TrimEnd('/') + "/?from=mail");
        await Expect(visitor.Locator(".peek")).ToContainTextAsync("Thanks for reading");
        await visitor.Locator(".peek .tool").ClickAsync();
        await Expect(visitor.Locator(".peek")).ToBeHiddenAsync();
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".launcher")).ToBeVisibleAsync();
        await Task.Delay(600);
        await Expect(visitor.Locator(".peek")).ToBeHiddenAsync();

        var other = await VisitAsync("");
        await other.Locator(".peek button").First.ClickAsync();
        await Expect(other.Locator(".panel")).ToBeVisibleAsync();
        await Expect(other.Locator(".bubble").First).ToHaveTextAsync("Need a hand?");
    }

    [BrowserFact]
    public async Task An_unread_reply_shows_its_first_words_beside_the_launcher()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("");
        await visitor.Locator(".launcher").ClickAsync();
        await SayAsync(visitor, "Anybody?");
        await visitor.Locator(".close").ClickAsync();

        await mia.ReplyAsync(await ChatIdAsync(mia), "Yes, what can I do for you?");

        await Expect(visitor.Locator(".peek")).ToContainTextAsync("Yes, what can I do for you?");
        await visitor.Locator(".peek button").First.ClickAsync();
        await Expect(visitor.Locator(".panel")).ToBeVisibleAsync();
        await Expect(visitor.Locator(".peek")).ToBeHiddenAsync();
        await Expect(visitor.Locator(".face")).ToHaveTextAsync("M");
        await Expect(visitor.Locator(".title")).ToHaveTextAsync(new Regex("^Mia · "));
    }

    [BrowserFact]
    public async Task A_question_to_start_with_is_sent_by_a_tap()
    {
        var mia = await Server.AdminAsync();
        await SetAsync(mia, "Widget:Questions", "Where is my order?\nDo you ship abroad?");
        var visitor = await VisitAsync("data-open");

        await Expect(visitor.Locator(".questions button")).ToHaveTextAsync(["Where is my order?", "Do you ship abroad?"]);
        await visitor.Locator(".questions button").Last.ClickAsync();

        await Expect(visitor.Locator(".msg.me.sent .bubble")).ToHaveTextAsync("Do you ship abroad?");
        await Expect(visitor.Locator(".questions")).ToBeHiddenAsync();
        await SayAsync(visitor, "👍");
        await Expect(visitor.Locator(".bubble.big")).ToHaveTextAsync("👍");
    }

    [BrowserFact]
    public async Task Name_and_address_are_asked_for_before_the_first_message_where_the_owner_wants_that()
    {
        var mia = await Server.AdminAsync();
        await SetAsync(mia, "Widget:Ask", "before");
        var visitor = await VisitAsync("data-open");
        await Expect(visitor.Locator(".before")).ToBeVisibleAsync();
        await Expect(visitor.Locator(".composer")).ToBeHiddenAsync();

        await visitor.GetByPlaceholder("Your name").FillAsync("Jo");
        await visitor.GetByPlaceholder("Your e-mail address").Last.FillAsync("jo@example.org");
        await visitor.GetByRole(AriaRole.Button, new() { Name = "Start the chat" }).ClickAsync();

        await Expect(visitor.Locator(".before")).ToBeHiddenAsync();
        await SayAsync(visitor, "Hello");
        var row = (await mia.ListAsync())[0]!;
        ((string)row["user_name"]!, (string)row["user_email"]!).Should().Be(("Jo", "jo@example.org"));
    }

    [BrowserFact]
    public async Task A_changed_setting_reaches_an_open_widget_and_a_later_load()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "Hello");
        await Expect(visitor.Locator(".title")).Not.ToHaveTextAsync("Ask the workshop");

        await SetAsync(mia, "Widget:Title", "Ask the workshop");
        await Expect(visitor.Locator(".title")).ToHaveTextAsync("Ask the workshop");
        await SetAsync(mia, "Widget:Title", "Ask us");
        await visitor.ReloadAsync();
        await Expect(visitor.Locator(".title")).ToHaveTextAsync("Ask us");
    }

    [BrowserFact]
    public async Task An_edited_message_has_its_new_words_and_a_deleted_one_is_gone()
    {
        var mia = await Server.AdminAsync();
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "Price?");
        var chat = await ChatIdAsync(mia);
        var first = (string)(await mia.ReplyAsync(chat, "10 euro")).Json!["id"]!;
        var second = (string)(await mia.ReplyAsync(chat, "Nonsense")).Json!["id"]!;
        await Expect(visitor.Locator(".them .bubble")).ToHaveTextAsync(["Hi! How can we help?", "10 euro", "Nonsense"]);

        await mia.RequestAsync(HttpMethod.Patch, $"/chats/{chat}/messages/{first}", new { content = "12 euro" });
        await mia.RequestAsync(HttpMethod.Delete, $"/chats/{chat}/messages/{second}");

        await Expect(visitor.Locator(".them .bubble")).ToHaveTextAsync(["Hi! How can we help?", "12 euro"]);
        await Expect(visitor.Locator(".them.end .meta").Last).ToContainTextAsync("edited");
    }

    [BrowserFact]
    public async Task A_visitor_says_how_it_was_once_the_conversation_is_archived()
    {
        var mia = await Server.AdminAsync();
        await SetAsync(mia, "Rating:Enabled", "true");
        var visitor = await VisitAsync("data-open");
        await SayAsync(visitor, "Thanks!");
        var chat = await ChatIdAsync(mia);
        await mia.ReplyAsync(chat, "You are welcome");
        await Expect(visitor.Locator(".rate")).ToBeHiddenAsync();

        await mia.RequestAsync(HttpMethod.Post, $"/chats/{chat}/archive");
        await Expect(visitor.Locator(".rate")).ToContainTextAsync("How was this conversation?");
        await visitor.GetByRole(AriaRole.Button, new() { Name = "Good" }).ClickAsync();
        await Expect(visitor.Locator(".rate p")).ToHaveTextAsync("Thank you for telling us.");
        await visitor.Locator(".rate input").FillAsync("So fast");
        await visitor.Locator(".rate input").PressAsync("Enter");

        await Eventually.IsTrueAsync(async () =>
            (string?)(await mia.OpenChatAsync(chat))["rating"]?["comment"] == "So fast");
        await SayAsync(visitor, "One more thing");
        await Expect(visitor.Locator(".rate")).ToBeHiddenAsync();
    }

    private static async Task SetAsync(Admin mia, string key, string value) =>
        (await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { [key] = value })).Status.Should().Be(200);
}
