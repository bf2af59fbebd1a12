using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>What waits for an answer stands out, and what was only looked at can be put back.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task The_unanswered_have_a_quiet_mark_and_a_filter_of_their_own()
    {
        var (jo, ben, ann) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"), await SomebodyAsync("Ann"));
        foreach (var visitor in (Visitor[])[ann, ben, jo])
            await SayAsync(visitor, "Two boards of oak");
        var owner = await OwnerAsync();
        await _mia.ReplyAsync(ben.ChatId, "Here they are");
        await _mia.OpenChatAsync(jo.ChatId);
        await _mia.OpenChatAsync(ben.ChatId);
        await Expect(Row(owner, jo).Locator(".wa")).ToBeVisibleAsync();
        await Expect(Row(owner, ben).Locator(".wa, .bd")).ToHaveCountAsync(2);
        await Expect(Row(owner, ben).Locator(".wa")).ToBeHiddenAsync();
        await Expect(Row(owner, ann).Locator(".wa")).ToBeHiddenAsync();
        await Expect(Row(owner, ann).Locator(".bd")).ToBeVisibleAsync();
        await Expect(owner.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^Jo .* oak not answered yet$") })).ToBeVisibleAsync();

        var filter = owner.GetByRole(AriaRole.Button, new() { Name = "Unanswered" });
        await filter.ClickAsync();
        await Expect(filter).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(Names(owner)).ToHaveTextAsync(["Jo", "Ann"]);
        await Expect(owner.Locator("#tab-active")).ToHaveTextAsync("Active 2");
        await CleanAsync(owner, "the unanswered");
        await owner.Locator("#q").FillAsync("oak");
        await Expect(owner.Locator("#rows mark")).ToHaveCountAsync(2);
        await owner.Locator("#q").FillAsync("");
        await Expect(owner.Locator("#rows mark")).ToHaveCountAsync(0);
        await SayAsync(ben, "And ash?");
        await Expect(Names(owner)).ToHaveTextAsync(["Ben", "Jo", "Ann"]);
        await _mia.ReplyAsync(jo.ChatId, "Here they are");
        await Expect(Rows(owner)).ToHaveCountAsync(2);
        await _mia.PostAsync($"/chats/{ann.ChatId}/archive");
        await owner.Locator("#tab-archived").ClickAsync();
        await Expect(Names(owner)).ToHaveTextAsync(["Ann"]);
        await owner.Locator("#tab-active").ClickAsync();
        await _mia.ReplyAsync(ben.ChatId, "Ash, too");
        await Expect(owner.Locator("#none")).ToHaveTextAsync("Nobody is waiting for an answer here.");
        await filter.ClickAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task A_chat_marked_unread_counts_again_in_every_dashboard_until_it_is_opened()
    {
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(ben, "Hello?");
        await SayAsync(jo, "Hello?");
        var owner = await OwnerAsync();
        var leo = await OwnerAsync(await _server.AdminAsync("leo@example.com", "Leo"));
        await Expect(owner).ToHaveTitleAsync("(2) Inbox – LeanChat");
        await Row(owner, jo).ClickAsync();
        await Expect(owner).ToHaveTitleAsync("(1) Jo – LeanChat");

        await owner.Locator("#more").ClickAsync();
        await CleanAsync(owner, "the chat's menu");
        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator("#more")).ToBeFocusedAsync();
        await Expect(owner.Locator("#mark")).ToBeHiddenAsync();
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo");
        await owner.Locator("#more").ClickAsync();
        await owner.GetByRole(AriaRole.Menuitem, new() { Name = "Mark unread" }).ClickAsync();

        await Expect(Toast(owner)).ToContainTextAsync("Marked unread.");
        await Expect(owner.Locator("#blank")).ToContainTextAsync("Choose a conversation");
        foreach (var page in (IPage[])[owner, leo])
        {
            await Expect(page).ToHaveTitleAsync("(2) Inbox – LeanChat");
            await Expect(Row(page, jo).Locator(".bd")).ToBeVisibleAsync();
            await Expect(Row(page, jo)).ToContainTextAsync("marked unread");
        }

        await SayAsync(jo, "Are you there?");
        await Expect(Row(owner, jo).Locator(".bd")).ToHaveTextAsync(new Regex("^1"));
        await Expect(owner).ToHaveTitleAsync("(2) Inbox – LeanChat");
        await Row(leo, jo).ClickAsync();
        await Expect(owner).ToHaveTitleAsync("(1) Inbox – LeanChat");
        await Row(owner, ben).ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        await owner.Locator("#log").FocusAsync();
        await owner.Keyboard.PressAsync("u");
        await Expect(owner).ToHaveTitleAsync("(1) Inbox – LeanChat");
        await owner.ReloadAsync();
        await Expect(owner).ToHaveTitleAsync("(1) Inbox – LeanChat");
        await Expect(Row(owner, ben)).ToContainTextAsync("marked unread");
        await owner.Keyboard.PressAsync("?");
        await Expect(owner.Locator("#help")).ToContainTextAsync("Mark unread");
    }

    [BrowserFact]
    public async Task The_list_knows_colleagues_apart_who_have_one_name_or_none()
    {
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        var mia = await OwnerAsync();
        var unnamed = await _server.AdminAsync("leo@example.com", null);
        var leos = await OwnerAsync(unnamed);
        var other = await _server.AdminAsync("other@example.com", "Mia");
        await mia.ReloadAsync();

        await unnamed.ReplyAsync(jo.ChatId, "Good morning");
        await Expect(Preview(mia, jo)).ToHaveTextAsync("leo@example.com: Good morning");
        await Expect(Preview(leos, jo)).ToHaveTextAsync("You: Good morning");
        await _mia.ReplyAsync(jo.ChatId, "Good evening");
        await Expect(Preview(mia, jo)).ToHaveTextAsync("You: Good evening");
        await other.ReplyAsync(jo.ChatId, "Good night");
        await Expect(Preview(mia, jo)).ToHaveTextAsync("Mia: Good night");
    }
}
