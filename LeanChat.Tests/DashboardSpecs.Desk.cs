using System.Text.RegularExpressions;
using LeanChat.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The desk: what the team tells itself, mends, and puts off.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task A_note_is_written_by_a_key_and_seen_by_the_team_alone()
    {
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        var owner = await OwnerAsync();
        var leo = await OwnerAsync(await _server.AdminAsync("leo@example.com", "Leo"));
        foreach (var page in (IPage[])[owner, leo])
        {
            await Row(page, jo).ClickAsync();
            await Expect(Bubbles(page)).ToHaveCountAsync(1);
        }

        await owner.Locator("#log").FocusAsync();
        await owner.Keyboard.PressAsync("n");
        await Expect(owner.Locator("#note-t")).ToBeFocusedAsync();
        await owner.Keyboard.TypeAsync("Bought a table in May");
        await CleanAsync(owner, "writing a note");
        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator("#note")).ToBeHiddenAsync();
        await owner.Locator("#note-b").ClickAsync();
        await Expect(owner.Locator("#note-t")).ToHaveValueAsync("Bought a table in May");
        await owner.Locator("#note-t").PressAsync("Enter");

        await Expect(owner.Locator(".nt")).ToHaveTextAsync(new Regex("^Note: Bought a table in MayNote · You · "));
        await Expect(leo.Locator(".nt")).ToHaveTextAsync(new Regex("^Note: Bought a table in MayNote · Mia · "));
        await Expect(owner.Locator("#reply")).ToBeFocusedAsync();
        await owner.EmulateMediaAsync(new() { ForcedColors = ForcedColors.None });
        (await ColourAsync(owner.Locator(".nt"))).Should().NotBe(await ColourAsync(Bubbles(owner).First));
        await CleanAsync(owner, "a note");
        await SayAsync(jo, "Are you there?");
        await Expect(owner.Locator(".nt + .m")).ToContainTextAsync("Are you there?");
        (await jo.GetAsync("")).Text.Should().NotContain("table");

        await leo.GetByRole(AriaRole.Button, new() { Name = "Delete this note" }).ClickAsync();
        await leo.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        foreach (var page in (IPage[])[leo, owner])
            await Expect(page.Locator(".nt")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Ones_own_words_are_mended_or_taken_back_for_a_while()
    {
        _server.Clock.SetUtcNow(DateTimeOffset.UtcNow);
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        var owner = await OwnerAsync();
        var leo = await OwnerAsync(await _server.AdminAsync("leo@example.com", "Leo"));
        foreach (var page in (IPage[])[owner, leo])
        {
            await Row(page, jo).ClickAsync();
            await Expect(Bubbles(page)).ToHaveCountAsync(1);
        }

        await ReplyAsync(owner, "Until Fryday");
        await Expect(Bubbles(leo).Last).ToContainTextAsync("Until Fryday");
        var tools = owner.Locator(".tools");
        await Expect(tools).ToHaveCountAsync(1);
        await Expect(leo.Locator(".tools")).ToHaveCountAsync(0);
        await Bubbles(owner).Last.HoverAsync();
        await Expect(tools).ToHaveCSSAsync("opacity", "1");
        await CleanAsync(owner, "what can be done to a message");

        await owner.Locator("#reply").PressAsync("ArrowUp");
        var box = owner.GetByRole(AriaRole.Textbox, new() { Name = "Your message" });
        await Expect(box).ToBeFocusedAsync();
        await CleanAsync(owner, "a message being edited");
        await box.FillAsync("Until Friday");
        await box.PressAsync("Enter");
        foreach (var page in (IPage[])[owner, leo])
            await Expect(Bubbles(page).Last).ToContainTextAsync("Until Friday edited");
        await Expect(Preview(leo, jo)).ToHaveTextAsync("Mia: Until Friday");
        ((string)(await jo.ChatAsync())["messages"]![1]!["content"]!).Should().Be("Until Friday");

        await Bubbles(owner).Last.HoverAsync();
        await owner.GetByRole(AriaRole.Button, new() { Name = "Delete this message" }).ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        foreach (var page in (IPage[])[owner, leo])
        {
            await Expect(Bubbles(page).Last).ToHaveTextAsync(new Regex(": Deleted$"));
            await Expect(Bubbles(page).Last).ToHaveCSSAsync("font-style", "italic");
        }

        await Expect(tools).ToHaveCountAsync(0);
        await CleanAsync(owner, "a deleted message");
        await ReplyAsync(owner, "A last word");
        await Expect(tools).ToHaveCountAsync(1);
        await owner.Clock.SetFixedTimeAsync(DateTime.UtcNow.AddMinutes(16));
        await owner.EvaluateAsync("dispatchEvent(new Event('focus'))");
        await SayAsync(jo, "Oh");
        await Expect(tools).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_chat_is_given_to_somebody_and_the_list_tells_whose_it_is()
    {
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(ben, "Hello?");
        await SayAsync(jo, "Hello?");
        var owner = await OwnerAsync();
        var leo = await OwnerAsync(await _server.AdminAsync("leo@example.com", "Leo"));
        await owner.ReloadAsync();
        await Row(owner, jo).ClickAsync();
        await owner.Locator("#log").FocusAsync();
        await owner.Keyboard.PressAsync("a");
        await Expect(owner.Locator("#asg-m [role=menuitemradio]")).ToHaveTextAsync(["Me", "Leo", "Nobody"]);
        await CleanAsync(owner, "to whom");
        await owner.GetByRole(AriaRole.Menuitemradio, new() { Name = "Leo" }).ClickAsync();
        await Expect(owner.Locator("#asg")).ToHaveAttributeAsync("aria-label", "Assigned to Leo");
        await Expect(owner.Locator("#v-who")).ToHaveValueAsync(new Regex(".+"));

        await leo.Locator("#mine").ClickAsync();
        await Expect(Names(leo)).ToHaveTextAsync(["Jo"]);
        await leo.Locator("#free").ClickAsync();
        await Expect(Names(leo)).ToHaveTextAsync(["Ben"]);
        await Expect(leo.Locator("#mine")).ToHaveAttributeAsync("aria-pressed", "false");
        await owner.Locator("#v-who").SelectOptionAsync("Nobody");
        await Expect(Names(leo)).ToHaveTextAsync(["Jo", "Ben"]);
        await leo.Locator("#tab-archived").ClickAsync();
        await Expect(Rows(leo)).ToHaveCountAsync(0);
        await Expect(leo.Locator("#none")).ToHaveTextAsync("Everything here is assigned.");
    }

    [BrowserFact]
    public async Task A_chat_is_put_off_and_comes_back_by_itself()
    {
        _server.Clock.SetUtcNow(DateTimeOffset.UtcNow);
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(ben, "Hello?");
        await SayAsync(jo, "Hello?");
        var owner = await OwnerAsync();
        await Row(owner, jo).ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        await owner.Locator("#log").FocusAsync();
        await owner.Keyboard.PressAsync("s");
        await CleanAsync(owner, "until when");
        await owner.GetByRole(AriaRole.Menuitem, new() { NameRegex = new Regex("^Tomorrow morning") }).ClickAsync();

        await Expect(Toast(owner)).ToHaveTextAsync(new Regex("^Snoozed until .*09:00\\. Undo$"));
        await Expect(Names(owner)).ToHaveTextAsync(["Ben"]);
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Ben");
        await Toast(owner).GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(Names(owner)).ToHaveTextAsync(["Jo", "Ben"]);
        await owner.Locator("#snz").ClickAsync();
        await owner.GetByRole(AriaRole.Menuitem, new() { Name = "Choose…" }).ClickAsync();
        await CleanAsync(owner, "a time of one's own");
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Snooze" }).ClickAsync();
        await Expect(Names(owner)).ToHaveTextAsync(["Ben"]);

        await owner.Locator("#snoozed").ClickAsync();
        await Expect(Names(owner)).ToHaveTextAsync(["Jo"]);
        await Expect(Row(owner, jo).Locator(".tm")).ToHaveTextAsync(new Regex("^snoozed until .*09:00$"));
        await CleanAsync(owner, "what is put off");
        await owner.Locator("#snoozed").ClickAsync();
        await SayAsync(jo, "It is urgent");
        await Expect(Names(owner)).ToHaveTextAsync(["Jo", "Ben"]);
    }

    [BrowserFact]
    public async Task The_list_can_be_of_a_colleague_and_of_a_time()
    {
        var leo = await _server.AdminAsync("leo@example.com", "Leo");
        var old = await SomebodyAsync("Old");
        await SayAsync(old, "Long ago");
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await SayAsync(jo, "Hello?");
        await SayAsync(ben, "Hello!");
        await leo.RequestAsync(HttpMethod.Put, $"/chats/{ben.ChatId}/assignee", new { admin_id = leo.Id });
        await leo.RequestAsync(HttpMethod.Put, $"/chats/{old.ChatId}/assignee", new { admin_id = leo.Id });
        // The page goes by the time of the answers, which is the real one.
        await SaidAsync(old, TimeSpan.FromDays(10));
        await SaidAsync(jo, TimeSpan.FromSeconds(1));
        await SaidAsync(ben, TimeSpan.Zero);
        var owner = await OwnerAsync();
        await Expect(Names(owner)).ToHaveTextAsync(["Ben", "Jo", "Old"]);

        await owner.Locator("#who-f").SelectOptionAsync("Leo");
        await Expect(Names(owner)).ToHaveTextAsync(["Ben", "Old"]);
        await owner.Locator("#when").SelectOptionAsync("Last 7 days");
        await Expect(Names(owner)).ToHaveTextAsync(["Ben"]);
        await CleanAsync(owner, "filters");
        await leo.RequestAsync(HttpMethod.Put, $"/chats/{ben.ChatId}/assignee", new { admin_id = (string?)null });
        await Expect(owner.Locator("#none")).ToHaveTextAsync("Nothing fits all of these filters.");
        await owner.Locator("#when").SelectOptionAsync("Last 30 days");
        await Expect(Names(owner)).ToHaveTextAsync(["Old"]);
        await owner.Locator("#free").ClickAsync();
        await Expect(owner.Locator("#who-f")).ToHaveValueAsync("");
        await owner.Locator("#when").SelectOptionAsync("Today");
        await Expect(Names(owner)).ToHaveTextAsync(["Ben", "Jo"]);

        Task<int> SaidAsync(Visitor visitor, TimeSpan ago) => _server.Database.WriteAsync(tx =>
        {
            using var command = tx.Connection.CreateCommand();
            command.CommandText =
                $"update support_chats set last_message_at = '{UtcText.Of(DateTimeOffset.UtcNow - ago)}' where id = '{visitor.ChatId}'";
            return command.ExecuteNonQuery();
        });
    }

    [BrowserFact]
    public async Task Tags_are_suggested_shown_and_searched_by_and_a_search_is_left_by_an_arrow()
    {
        var (jo, ben) = (await SomebodyAsync("Jo", "jo@example.org"), await SomebodyAsync("Ben"));
        await SayAsync(ben, "Two boards of oak");
        await SayAsync(jo, "One board of ash");
        var owner = await OwnerAsync();
        await _mia.RequestAsync(HttpMethod.Put, $"/chats/{ben.ChatId}/tags", (string[])["wood"]);
        await Expect(Row(owner, ben).Locator(".nm small")).ToHaveTextAsync("wood");
        await Row(owner, jo).ClickAsync();
        await Expect(owner.Locator("#v-tags option")).ToHaveCountAsync(1);
        await owner.Locator("#v-tag").FillAsync("urgent");
        await owner.Locator("#v-tag").PressAsync("Enter");
        await Expect(owner.Locator(".tags li")).ToHaveTextAsync(["urgent"]);
        await owner.Locator("#v-tag").FillAsync("wood");
        await owner.Locator("#v-tag").PressAsync("Enter");
        await Expect(owner.Locator(".tags li")).ToHaveTextAsync(["urgent", "wood"]);
        await CleanAsync(owner, "tags");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Remove the tag urgent" }).ClickAsync();
        await Expect(owner.Locator(".tags li")).ToHaveTextAsync(["wood"]);
        await Eventually.IsTrueAsync(async () => (string?)(await _mia.OpenChatAsync(jo.ChatId))["tags"]![0] == "wood");

        await owner.Locator("#tag").SelectOptionAsync("wood");
        await Expect(Names(owner)).ToHaveTextAsync([new Regex("^Jo"), new Regex("^Ben")]);
        await owner.Locator("#q").FillAsync("oak");
        await owner.Locator("#q").PressAsync("ArrowDown");
        await Expect(Row(owner, ben)).ToBeFocusedAsync();
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Ben");
        await owner.Locator("#q").FillAsync("ash");
        await owner.Locator("#q").PressAsync("Enter");
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo");
        await Expect(owner.Locator("#reply")).ToBeFocusedAsync();
        await Expect(owner.Locator(".inf a[href='mailto:jo@example.org']")).ToBeVisibleAsync();
        await Expect(owner.Locator("#transcript")).ToHaveAttributeAsync("href", new Regex("/transcript\\?format=html$"));

        await owner.Locator("#block").ClickAsync();
        await owner.GetByRole(AriaRole.Checkbox, new() { Name = "Archive the conversation" }).CheckAsync();
        await CleanAsync(owner, "blocking");
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Block" }).ClickAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(0);
        await owner.Locator("#q").FillAsync("");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await owner.Locator("#tab-archived").ClickAsync();
        await Expect(Row(owner, jo)).ToContainTextAsync("Blocked");
    }

    private static Task<string> ColourAsync(ILocator box) => box.EvaluateAsync<string>("node => getComputedStyle(node).backgroundColor");
}
