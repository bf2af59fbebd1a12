using System.Text.Json;
using System.Text.RegularExpressions;
using LeanChat.Configuration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>An owner never misses a chat: an app on the phone, a sound that does not give up, a colleague who is seen;
/// and what only the owner sets.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task It_can_be_installed_as_an_app()
    {
        var owner = await OwnerAsync();
        var line = await owner.Context.NewCDPSessionAsync(owner);
        var manifest = (await line.SendAsync("Page.getAppManifest"))!.Value;
        manifest.GetProperty("errors").GetArrayLength().Should().Be(0);
        var told = JsonDocument.Parse(manifest.GetProperty("data").GetString()!).RootElement;
        (told.GetProperty("name").GetString(), told.GetProperty("start_url").GetString(), told.GetProperty("display").GetString())
            .Should().Be(("Oak & Ash – LeanChat", "/admin", "standalone"));
        (await line.SendAsync("Page.getInstallabilityErrors"))!.Value.GetProperty("installabilityErrors")
            .EnumerateArray().Select(error => error.GetProperty("errorId").GetString())
            .Should().BeSubsetOf(["in-incognito"], "a browser installs it; the test's own is a private window");

        // What the manifest promises of its icons is true.
        var icons = told.GetProperty("icons")
            .EnumerateArray().Select(icon => (Src: icon.GetProperty("src").GetString()!, Size: icon.GetProperty("sizes").GetString()!))
            .Append((Src: "/icons/apple-touch-icon.png", Size: "180x180")).ToList();
        foreach (var (src, size) in icons)
        {
            var drawn = await owner.EvaluateAsync<string>(
                """
                async src => {
                  const image = new Image();
                  image.src = src;
                  await image.decode();
                  return `${image.naturalWidth}x${image.naturalHeight}`;
                }
                """, src);
            drawn.Should().Be(size, src);
            var reply = await _server.AskAsync(HttpMethod.Get, src);
            (reply.Header("Content-Type"), reply.Header("Cache-Control")).Should().Be(("image/png", "public, max-age=86400"));
        }

        (await _server.AskAsync(HttpMethod.Get, "/admin.webmanifest")).Header("Content-Type")
            .Should().StartWith("application/manifest+json");
        (await owner.Locator("link[rel=apple-touch-icon]").GetAttributeAsync("href")).Should().Be(icons[^1].Src);
    }

    [BrowserFact]
    public async Task The_sound_comes_again_until_somebody_is_back()
    {
        var owner = await OwnerAsync(ready: false);
        await owner.Clock.InstallAsync();
        await owner.ReloadAsync();
        await Expect(owner.Locator("#set-b")).ToBeVisibleAsync();
        await owner.Keyboard.PressAsync("Shift");
        var jo = await SomebodyAsync("Jo");
        await HeardAsync("Hello?", 1);
        await owner.Clock.RunForAsync(30_000);
        await RungAsync(2);
        await owner.Clock.RunForAsync(30_000);
        await RungAsync(3);

        await owner.Keyboard.PressAsync("Shift");
        await owner.Clock.RunForAsync(90_000);
        await RungAsync(3);

        // It ends by itself as well.
        await HeardAsync("Anybody?", 4);
        await owner.Clock.RunForAsync(900_000);
        await RungAsync(14);

        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-you").ClickAsync();
        await owner.Locator("#y-again").UncheckAsync();
        await owner.Keyboard.PressAsync("Escape");
        await HeardAsync("Nobody?", 15);
        await owner.Clock.RunForAsync(90_000);
        await RungAsync(15);

        async Task HeardAsync(string text, int rings)
        {
            await SayAsync(jo, text);
            await Expect(Preview(owner, jo)).ToHaveTextAsync(text);
            await Eventually.IsTrueAsync(async () =>
            {
                await owner.Clock.RunForAsync(50);
                return await owner.EvaluateAsync<double>("rings") == rings;
            });
        }

        async Task RungAsync(int rings)
        {
            // A lock is asked for before it rings.
            await owner.EvaluateAsync("navigator.locks.request('leanchat:test', () => {})");
            (await owner.EvaluateAsync<double>("rings")).Should().Be(rings);
        }
    }

    [BrowserFact]
    public async Task What_came_while_the_line_was_down_is_heard_too()
    {
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await SayAsync(jo, "Hello?");
        await Expect(Rows(owner)).ToHaveCountAsync(1);
        await owner.Context.SetOfflineAsync(true);
        await Eventually.IsTrueAsync(() => !_server.Hub.HasListeners(Chats.Presence.AdminTopic));
        await owner.Keyboard.PressAsync("Shift");
        var before = await owner.EvaluateAsync<double>("rings");
        await SayAsync(jo, "Are you there?");
        await owner.Context.SetOfflineAsync(false);

        await Expect(Preview(owner, jo)).ToHaveTextAsync("Are you there?", new() { Timeout = 30_000 });
        await Eventually.IsTrueAsync(async () => await owner.EvaluateAsync<double>("rings") == before + 1);
    }

    [BrowserFact]
    public async Task Who_else_has_a_conversation_open_is_shown()
    {
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben"));
        await jo.PostAsync("Hello?");
        await ben.PostAsync("Hello?");
        var mia = await OwnerAsync();
        var leo = await OwnerAsync(await _server.AdminAsync("leo@example.com", "Leo"));
        await Row(leo, jo).ClickAsync();
        await Expect(leo.Locator("#where")).Not.ToContainTextAsync("open too");

        await Row(mia, jo).ClickAsync();

        await Expect(mia.Locator("#where")).ToContainTextAsync("Leo has this open too");
        await Expect(leo.Locator("#where")).ToContainTextAsync("Mia has this open too");
        var second = await AnotherTabAsync(mia);
        await Expect(Bubbles(second)).ToHaveCountAsync(1);
        await second.CloseAsync();
        await Row(leo, ben).ClickAsync();
        await Expect(mia.Locator("#where")).Not.ToContainTextAsync("open too");
        await Expect(leo.Locator("#where")).Not.ToContainTextAsync("open too");
        await leo.CloseAsync();
        await Row(mia, ben).ClickAsync();
        await Expect(mia.Locator("#who")).ToHaveTextAsync("Ben");
        await Expect(mia.Locator("#where")).Not.ToContainTextAsync("open too");
    }

    [BrowserFact]
    public async Task A_search_shows_what_it_has_found()
    {
        var (jo, ben) = (await SomebodyAsync("Jo"), await SomebodyAsync("Ben Walnut"));
        await jo.PostAsync("I would like to know whether you have a board of walnut, <b>oiled</b>, about two metres long");
        await SayAsync(jo, "Or oak");
        await SayAsync(ben, "Good morning");
        var owner = await OwnerAsync();

        await owner.Locator("#q").FillAsync("walnut oil");
        await Expect(Preview(owner, jo)).ToContainTextAsync("a board of walnut, <b>oiled</b>");
        await Expect(Preview(owner, jo).Locator("mark")).ToHaveTextAsync(["walnut", "oil"]);
        await owner.Locator("#q").FillAsync("walnut");
        await Expect(Rows(owner)).ToHaveCountAsync(2);
        await Expect(Preview(owner, ben)).ToHaveTextAsync("Good morning");
        await Expect(Row(owner, ben).Locator(".nm mark")).ToHaveTextAsync("Walnut");
        await owner.Locator("#q").FillAsync("");
        await Expect(Preview(owner, jo)).ToHaveTextAsync("Or oak");
        await Expect(owner.Locator("#rows mark")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task After_archiving_the_next_conversation_is_there()
    {
        var owner = await OwnerAsync();
        var (anna, ben, cleo) = (await SomebodyAsync("Anna"), await SomebodyAsync("Ben"), await SomebodyAsync("Cleo"));
        foreach (var visitor in (Visitor[])[cleo, ben, anna])
            await SayAsync(visitor, "Hello?");
        await Row(owner, ben).ClickAsync();
        await owner.Locator("#arch").ClickAsync();
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Cleo");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Ben");
        await Expect(Names(owner)).ToHaveTextAsync(["Anna", "Ben", "Cleo"]);
        await Row(owner, cleo).ClickAsync();
        await owner.Locator("#arch").ClickAsync();
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Ben");
    }

    [BrowserFact]
    public async Task On_a_phone_back_leads_from_the_visitor_to_the_thread()
    {
        var owner = await OwnerAsync(width: 390, height: 780, phone: true);
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Hello?");
        await Row(owner, jo).TapAsync();
        var (sheet, log, rows) = (owner.Locator(".inf"), owner.Locator("#log"), owner.Locator("#rows"));
        await owner.Locator("#info-b").TapAsync();
        await Expect(sheet).ToBeVisibleAsync();
        await Expect(sheet).ToContainTextAsync("First seen22 Nov 2026");

        await owner.EvaluateAsync("history.back()");
        await Expect(sheet).ToBeHiddenAsync();
        await Expect(log).ToBeVisibleAsync();
        await owner.Locator("#info-b").TapAsync();
        await owner.Locator("#infoclose").TapAsync();
        await Expect(sheet).ToBeHiddenAsync();
        await Expect(log).ToBeVisibleAsync();
        await owner.EvaluateAsync("history.back()");
        await Expect(rows).ToBeVisibleAsync();

        // From the sheet of somebody who has just been erased: to the list, and no further.
        await Row(owner, jo).TapAsync();
        await owner.Locator("#info-b").TapAsync();
        await owner.Locator("#erase").TapAsync();
        await owner.GetByRole(AriaRole.Button, new() { Name = "Erase for good" }).TapAsync();
        await Expect(owner.Locator("#blank")).ToContainTextAsync("No conversations yet");
        owner.Url.Should().Be(_server.Origin + "/admin");
    }

    [BrowserFact]
    public async Task The_widget_is_seen_while_it_is_being_set()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        var chat = owner.FrameLocator("#set .preview");
        await Expect(chat.Locator(".title")).ToHaveTextAsync("Oak & Ash");
        await owner.Locator("#k-Widget-Title").FillAsync("Ask the carpenter");
        await owner.Locator("#k-Widget-Greeting").FillAsync("What shall it be?");
        await Expect(chat.Locator(".title")).ToHaveTextAsync("Ask the carpenter");
        await Expect(chat.Locator(".log")).ToContainTextAsync("What shall it be?");
        foreach (var (colour, ink) in ((string, string)[])[("#ffe600", "rgb(0, 0, 0)"), ("#1f5fbf", "rgb(255, 255, 255)")])
        {
            await owner.Locator("#k-Widget-Color").FillAsync(colour);
            await Expect(chat.Locator(".head")).ToHaveCSSAsync("color", ink);
        }

        // It is the real one: what is tried there is not saved, and takes no focus away.
        (await owner.EvaluateAsync<string>("document.activeElement.id")).Should().Be("k-Widget-Color");
    }

    [BrowserFact]
    public async Task The_identity_secret_is_made_told_once_and_changed()
    {
        var owner = await OwnerAsync();
        await owner.Locator("#set-b").ClickAsync();
        var panel = owner.Locator("#set-p");
        await Expect(panel).ToContainTextAsync("Off.");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        var shown = panel.Locator(".copy code").Last;
        await Expect(shown).ToHaveTextAsync(new Regex("^[0-9a-f]{64}$"));
        var first = (await shown.TextContentAsync())!;
        _server.Get<CurrentSettings>().Value.IdentitySecret.Should().Be(first);

        await owner.ReloadAsync();
        await owner.Locator("#set-b").ClickAsync();
        await Expect(panel).ToContainTextAsync("On.");
        await Expect(panel).Not.ToContainTextAsync(first);
        await owner.GetByRole(AriaRole.Button, new() { Name = "New secret…" }).ClickAsync();
        await Expect(owner.Locator("#ask-d")).ToContainTextAsync("will no longer be accepted");
        await owner.GetByRole(AriaRole.Button, new() { Name = "Make a new one" }).ClickAsync();
        await Expect(shown).ToHaveTextAsync(new Regex("^[0-9a-f]{64}$"));
        (await shown.TextContentAsync()).Should().NotBe(first);
        _server.Get<CurrentSettings>().Value.IdentitySecret.Should().Be(await shown.TextContentAsync());

        await owner.GetByRole(AriaRole.Button, new() { Name = "Turn off…" }).ClickAsync();
        await owner.Locator("#ask-d").GetByRole(AriaRole.Button, new() { Name = "Turn off" }).ClickAsync();
        await Expect(panel).ToContainTextAsync("Off.");
        _server.Get<CurrentSettings>().Value.IdentitySecret.Should().BeEmpty();
    }

    [BrowserFact]
    public async Task The_sound_can_be_tried()
    {
        var owner = await OwnerAsync(ready: false);
        await owner.Locator("#set-b").ClickAsync();
        await owner.Locator("#set-you").ClickAsync();

        await owner.GetByRole(AriaRole.Button, new() { Name = "Try the sound" }).ClickAsync();

        (await owner.EvaluateAsync<double>("rings")).Should().Be(1);
    }
}
