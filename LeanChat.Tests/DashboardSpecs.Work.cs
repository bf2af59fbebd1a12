using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>Working through a morning's conversations: archive, keys, drafts, a phone, a broken line.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task Archiving_shows_at_once_and_can_be_undone()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Thanks, bye");
        await Row(owner, jo).ClickAsync();
        var other = await AnotherTabAsync(owner);
        await Expect(Rows(other)).ToHaveCountAsync(1);
        var gate = new TaskCompletionSource();
        await owner.RouteAsync("**/archive", async route =>
        {
            await gate.Task;
            await route.ContinueAsync();
        });

        // Gone in the very next frame: the server has not even been asked.
        (await owner.EvaluateAsync<int>(
            """
            () => {
              document.querySelector('#arch').click();
              return new Promise(done => requestAnimationFrame(() => done(document.querySelectorAll('#rows .row').length)));
            }
            """))
            .Should().Be(0);
        await Expect(Toast(owner)).ToContainTextAsync("Archived.");
        await Expect(Rows(other)).ToHaveCountAsync(1);
        gate.SetResult();
        await Expect(Rows(other)).ToHaveCountAsync(0, new() { Timeout = 1000 });
        await owner.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await Expect(Rows(other)).ToHaveCountAsync(1, new() { Timeout = 1000 });
        await Eventually.IsTrueAsync(
            async () => (await _server.QueryAsync("select count(*) from support_chats where archived_at is null"))[0] == "1");
    }

    [BrowserFact]
    public async Task What_the_server_refuses_is_taken_back_with_a_word()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Thanks, bye");
        await Row(owner, jo).ClickAsync();
        await owner.RouteAsync(new Regex("/archive$|/users/"), route => route.FulfillAsync(new()
        {
            Status = 507,
            ContentType = "application/json",
            Body = """{"error":"storage_full","message":"The server's disk is full; free some space."}""",
        }));

        await owner.Locator("#arch").ClickAsync();
        await Expect(Toast(owner)).ToContainTextAsync("The server's disk is full; free some space.");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await Expect(owner.Locator("#arch")).ToContainTextAsync("Archive");

        await owner.Locator("#v-name").FillAsync("Joanna");
        await owner.Locator("#v-name").PressAsync("Enter");
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo");
        await Expect(owner.Locator("#v-name")).ToHaveValueAsync("Jo");
    }

    [BrowserFact]
    public async Task Single_keys_walk_through_the_inbox()
    {
        var owner = await OwnerAsync();
        var (anna, ben, cleo) = (await SomebodyAsync("Anna"), await SomebodyAsync("Ben"), await SomebodyAsync("Cleo"));
        foreach (var visitor in (Visitor[])[cleo, ben, anna])
            await SayAsync(visitor, "Hello?");
        await Expect(Names(owner)).ToHaveTextAsync(["Anna", "Ben", "Cleo"]);
        var who = owner.Locator("#who");

        foreach (var (key, name) in ((string, string)[])[
            ("j", "Anna"), ("j", "Ben"), ("ArrowDown", "Cleo"), ("j", "Cleo"), ("k", "Ben"), ("ArrowUp", "Anna"), ("j", "Ben")])
        {
            await owner.Keyboard.PressAsync(key);
            await Expect(who).ToHaveTextAsync(name);
        }

        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        await owner.Keyboard.PressAsync("r");
        await Expect(owner.Locator("#reply")).ToBeFocusedAsync();
        await owner.Keyboard.TypeAsync("jker?12/");
        await Expect(owner.Locator("#reply")).ToHaveValueAsync("jker?12/");
        await Expect(who).ToHaveTextAsync("Ben");
        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator("#reply")).Not.ToBeFocusedAsync();
        foreach (var chord in (string[])["Control+e", "Alt+j", "Meta+k", "Control+1"])
            await owner.Keyboard.PressAsync(chord);
        await Expect(who).ToHaveTextAsync("Ben");
        await Expect(Rows(owner)).ToHaveCountAsync(3);

        await owner.Keyboard.PressAsync("e");
        await Expect(Names(owner)).ToHaveTextAsync(["Anna", "Cleo"]);
        await Expect(who).ToHaveTextAsync("Cleo");
        await owner.Keyboard.PressAsync("2");
        await Expect(Names(owner)).ToHaveTextAsync(["Ben"]);
        await owner.Keyboard.PressAsync("k");
        await Expect(who).ToHaveTextAsync("Ben");
        await owner.Keyboard.PressAsync("e");
        await Expect(Rows(owner)).ToHaveCountAsync(0);
        await owner.Keyboard.PressAsync("1");
        await Expect(Names(owner)).ToHaveTextAsync(["Anna", "Ben", "Cleo"]);

        await owner.Keyboard.PressAsync("/");
        await Expect(owner.Locator("#q")).ToBeFocusedAsync();
        await owner.Keyboard.TypeAsync("cleo");
        await Expect(Names(owner)).ToHaveTextAsync(["Cleo"]);
        await owner.Keyboard.PressAsync("Escape");
        await Expect(Rows(owner)).ToHaveCountAsync(3);
        await owner.Keyboard.PressAsync("Escape");
        await Expect(owner.Locator("#blank")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Single_keys_can_be_switched_off()
    {
        var owner = await OwnerAsync();
        await (await SomebodyAsync("Jo")).PostAsync("Hello?");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await owner.Keyboard.PressAsync("?");
        await Expect(owner.Locator("#help")).ToBeVisibleAsync();
        await owner.Locator("#keys-on").UncheckAsync();
        await owner.Keyboard.PressAsync("Escape");

        await owner.ReloadAsync();
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        foreach (var key in (string[])["j", "2", "/", "?", "ArrowDown"])
            await owner.Keyboard.PressAsync(key);
        await Expect(owner.Locator("#tab-active")).ToHaveAttributeAsync("aria-selected", "true");
        await Expect(owner.Locator("#blank")).ToBeVisibleAsync();
        await Expect(owner.Locator("#help")).ToBeHiddenAsync();

        await owner.Locator("#help-b").ClickAsync();
        await owner.Locator("#keys-on").CheckAsync();
        await owner.Keyboard.PressAsync("Escape");
        await owner.Keyboard.PressAsync("j");
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo");
    }

    [BrowserFact]
    public async Task Each_conversation_keeps_its_draft()
    {
        var owner = await OwnerAsync();
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await jo.PostAsync("Hello?");
        await ben.PostAsync("Hello?");
        var reply = owner.Locator("#reply");
        await Row(owner, jo).ClickAsync();
        await reply.FillAsync("Dear Jo,\nyes");
        await Row(owner, ben).ClickAsync();
        await Expect(reply).ToHaveValueAsync("");
        await reply.FillAsync("Dear Ben");

        await Row(owner, jo).ClickAsync();
        await Expect(reply).ToHaveValueAsync("Dear Jo,\nyes");
        await Expect(Preview(owner, ben)).ToHaveTextAsync("Draft: Dear Ben");
        await owner.ReloadAsync();
        await Expect(reply).ToHaveValueAsync("Dear Jo,\nyes");
        await reply.PressAsync("Enter");
        await Expect(Bubbles(owner).Last).ToContainTextAsync("Dear Jo,\nyes");
        await Expect(reply).ToHaveValueAsync("");
        await owner.ReloadAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(2);
        await Expect(reply).ToHaveValueAsync("");
        await Row(owner, ben).ClickAsync();
        await Expect(reply).ToHaveValueAsync("Dear Ben");
    }

    [BrowserFact]
    public async Task A_slash_offers_the_saved_replies()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("How long is delivery?");
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-replies").ClickAsync();
        foreach (var (shortcut, text) in ((string, string)[])[
            ("hello", "Hello and welcome!"), ("shipping", "Two days, everywhere."), ("sizes", "80, 100 and 120 cm.")])
        {
            await owner.Locator("#s-new").FillAsync(shortcut);
            await owner.Locator("#c-new").FillAsync(text);
            await owner.Locator("#set-p > form .pri").ClickAsync();
            await Expect(owner.Locator($"[aria-label='Edit {shortcut}']")).ToBeVisibleAsync();
        }

        await owner.Keyboard.PressAsync("Escape");
        await Row(owner, jo).ClickAsync();
        var (reply, menu) = (owner.Locator("#reply"), owner.GetByRole(AriaRole.Listbox, new() { Name = "Saved replies" }));
        await reply.PressSequentiallyAsync("/");
        await Expect(menu.GetByRole(AriaRole.Option)).ToHaveCountAsync(3);
        await owner.Keyboard.PressAsync("Escape");
        await Expect(menu).ToBeHiddenAsync();
        await Expect(reply).ToHaveValueAsync("/");
        await reply.PressSequentiallyAsync("s");
        await Expect(menu.GetByRole(AriaRole.Option)).ToHaveCountAsync(2);
        await owner.Keyboard.PressAsync("ArrowDown");
        await Expect(menu.Locator("[aria-selected=true]")).ToContainTextAsync("/sizes");
        await owner.Keyboard.PressAsync("ArrowUp");
        await owner.Keyboard.PressAsync("Enter");

        await Expect(reply).ToHaveValueAsync("Two days, everywhere.");
        await owner.Keyboard.PressAsync("Enter");
        await Expect(Bubbles(owner).Last).ToContainTextAsync("Two days, everywhere.");
        await reply.PressSequentiallyAsync("and/or");
        await Expect(menu).ToBeHiddenAsync();
    }

    [BrowserTheory]
    [InlineData(360, 640, 5)]
    [InlineData(740, 360, 3)]
    public async Task A_small_screen_is_for_the_list_and_what_stands_above_it_scrolls_away(int width, int height, int least)
    {
        for (var each = 0; each < 12; each++)
            await (await SomebodyAsync($"Visitor {each}")).PostAsync("Hello?");
        var owner = await OwnerAsync(width: width, height: height, phone: true);
        await Expect(Rows(owner)).ToHaveCountAsync(12);
        while (await owner.Locator(".ask .link", new() { HasText = "Dismiss" }).CountAsync() > 0)
            await owner.Locator(".ask .link", new() { HasText = "Dismiss" }).First.ClickAsync();
        (await WholeRowsAsync()).Should().BeGreaterThanOrEqualTo(least);

        await owner.Mouse.MoveAsync(width / 2, height - 30);
        await owner.Mouse.WheelAsync(0, 400);

        await Eventually.IsTrueAsync(async () => (await owner.Locator("#q").BoundingBoxAsync())!.Y < 0);
        (await WholeRowsAsync()).Should().BeGreaterThanOrEqualTo((height / 62) - 1);

        Task<int> WholeRowsAsync() => owner.EvaluateAsync<int>(
            """
            [...document.querySelectorAll('.row')].map(row => row.getBoundingClientRect())
              .filter(box => box.top >= 0 && box.bottom <= innerHeight).length
            """);
    }

    [BrowserFact]
    public async Task On_a_phone_back_leads_from_the_thread_to_the_list()
    {
        var owner = await OwnerAsync(width: 390, height: 780, phone: true);
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello from the shop");
        await Row(owner, jo).TapAsync();

        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        await Expect(owner.Locator("#rows")).ToBeHiddenAsync();
        (await owner.EvaluateAsync<bool>("document.documentElement.scrollWidth <= 390")).Should().BeTrue();
        (await owner.Locator("#reply").EvaluateAsync<double>("node => parseFloat(getComputedStyle(node).fontSize)"))
            .Should().BeGreaterThanOrEqualTo(16, "else iOS zooms in");
        foreach (var button in (string[])["#back", "#info-b", "#arch", "#send"])
            (await HeightAsync(owner.Locator(button))).Should().BeGreaterThanOrEqualTo(44, button);

        // The keyboard comes: what is left of the screen is 494 high, 30 from the top.
        await owner.EvaluateAsync("""
            () => {
              for (const [name, value] of [['height', 494], ['offsetTop', 30]])
                Object.defineProperty(visualViewport, name, { value, configurable: true });
              visualViewport.dispatchEvent(new Event('resize'));
            }
            """);
        var box = (await owner.Locator("#cp").BoundingBoxAsync())!;
        (box.Y + box.Height).Should().BeLessThanOrEqualTo(524);
        (await owner.Locator(".hd").BoundingBoxAsync())!.Y.Should().Be(30);
        await Expect(Bubbles(owner)).ToBeInViewportAsync();

        await owner.Locator("#reply").FillAsync("Line one");
        await owner.Locator("#reply").PressAsync("Enter");
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);
        await owner.EvaluateAsync("history.back()");
        await Expect(owner.Locator("#rows")).ToBeVisibleAsync();
        await Expect(owner.Locator("#reply")).ToBeHiddenAsync();
        owner.Url.Should().Be(_server.Origin + "/admin");
        await Expect(Preview(owner, jo)).ToHaveTextAsync("Draft: Line one");
        await Row(owner, jo).TapAsync();
        await owner.Locator("#back").TapAsync();
        await Expect(owner.Locator("#rows")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task When_the_session_ends_the_same_conversation_waits_with_its_draft()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        await Row(owner, jo).ClickAsync();
        await owner.Locator("#reply").FillAsync("Half a sent");

        await _mia.PostAsync("/logout");

        await Expect(owner.Locator("#door")).ToContainTextAsync("You’ve been signed out.");
        await Expect(owner.Locator("#log")).ToBeHiddenAsync();
        await jo.PostAsync("Are you still there?");
        await owner.Locator("#d-email").FillAsync(Owner);
        await owner.Locator("#d-pass").FillAsync("not this one");
        await owner.Keyboard.PressAsync("Enter");
        await Expect(owner.Locator("#door [role=alert]")).ToHaveTextAsync("That e-mail and password do not match.");
        await owner.Locator("#d-pass").FillAsync(Admin.Password);
        await owner.Keyboard.PressAsync("Enter");

        await Expect(owner.Locator("#who")).ToHaveTextAsync("Jo");
        await Expect(owner.Locator("#reply")).ToHaveValueAsync("Half a sent");
        await Expect(Bubbles(owner).Last).ToContainTextAsync("Are you still there?");
        owner.Url.Should().EndWith("#chat=" + jo.ChatId);
    }

    [BrowserFact]
    public async Task What_is_written_offline_goes_out_once_when_the_line_is_back()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        await Row(owner, jo).ClickAsync();
        await Expect(Bubbles(owner)).ToHaveCountAsync(1);

        await owner.Context.SetOfflineAsync(true);
        await ReplyAsync(owner, "First");
        await ReplyAsync(owner, "Second");
        await Expect(owner.Locator(".mt.me").Last).ToContainTextAsync("Sends when you’re back online");
        await Expect(owner.Locator("#banner"))
            .ToHaveTextAsync("You’re offline. Messages you send will go out when you’re back.", new() { Timeout = 15_000 });
        await owner.Context.SetOfflineAsync(false);

        await Expect(owner.Locator("#banner")).ToHaveTextAsync("", new() { Timeout = 15_000 });
        await Expect(owner.Locator(".mt.me").Last).ToHaveTextAsync(new Regex("Sent$"));
        await Expect(Bubbles(owner)).ToHaveCountAsync(3);
        (await _server.QueryAsync("select content from support_messages order by seq")).Should().Equal("Hello?", "First", "Second");
    }

    [BrowserFact]
    public async Task What_was_not_sent_says_so_and_goes_out_once_on_retry()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        await Row(owner, jo).ClickAsync();
        await owner.RouteAsync("**/messages", route => route.FulfillAsync(
            new() { Status = 403, ContentType = "application/json", Body = """{"error":"forbidden","message":"Not now."}""" }));
        await ReplyAsync(owner, "Yes, tomorrow");
        await Expect(owner.Locator(".mt.bad")).ToContainTextAsync("Not sent · Retry");
        await owner.ReloadAsync();
        await Expect(owner.Locator(".mt.bad")).ToContainTextAsync("Not sent · Retry");
        await Expect(Preview(owner, jo)).ToHaveTextAsync("Not sent");
        await owner.UnrouteAllAsync();

        await owner.GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();

        await Expect(owner.Locator(".mt.me")).ToHaveTextAsync(new Regex("Sent$"));
        await Expect(Bubbles(owner)).ToHaveCountAsync(2);
        (await _server.QueryAsync("select content from support_messages order by seq")).Should().Equal("Hello?", "Yes, tomorrow");
    }
}
