using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>What the dashboard tells of letters: gone, failed, held back, not set up.</summary>
public sealed partial class DashboardSpecs
{
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    [BrowserFact]
    public async Task An_answer_that_went_by_mail_says_so_and_says_when_it_was_seen()
    {
        await using var post = await MailAsync();
        var owner = await OwnerAsync();
        // The browser may tell of the first line a little late.
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        owner.WebSocket += (_, line) => lines.Enqueue(new Uri(line.Url).AbsolutePath);
        var jo = await SomebodyAsync("Jo", "jo@example.org");
        await jo.PostAsync("Is it back?");
        await Row(owner, jo).ClickAsync();
        await ReplyAsync(owner, "It is.");
        await ReplyAsync(owner, "Shall I hold one?");
        var states = owner.Locator(".mt.me");
        await Expect(states).ToHaveTextAsync([new Regex(@"· E-mail to jo@… in 5 min$")]);

        await PassAsync(owner, FiveMinutes);
        (await post.ReceiveAsync()).Text.Should().Contain("Shall I hold one?");
        await Expect(states).ToHaveTextAsync([new Regex(@"· E-mailed \d\d:\d\d$")]);
        lines.Should().Contain("/ws/chat").And.OnlyHaveUniqueItems("the news came over the lines that were open");
        await ReplyAsync(owner, "Until Friday.");
        await Expect(states).ToHaveTextAsync([new Regex(@"· E-mailed \d\d:\d\d$"), new Regex("· E-mail to jo@… in 1 h$")]);
        await PassAsync(owner, TimeSpan.FromSeconds(15));
        await jo.MarkReadAsync();

        await Expect(states).ToHaveTextAsync([new Regex(@"· E-mailed \d\d:\d\d · Seen$"), new Regex(@"\d · Seen$|now · Seen$")]);
        await owner.ReloadAsync();
        await Expect(states).ToHaveTextAsync([new Regex(@"· E-mailed \d\d:\d\d · Seen$"), new Regex(@"\d · Seen$|now · Seen$")]);
        await Expect(Notice(owner)).Not.ToContainTextAsync("e-mail");
    }

    [BrowserFact]
    public async Task An_answer_that_could_not_be_mailed_is_unmistakable_in_the_mail_servers_words()
    {
        await using var post = await MailAsync();
        post.Answers = line => line.StartsWith("RCPT TO:<gone@", StringComparison.Ordinal) ? "550 5.1.1 No such user here" : null;
        var owner = await OwnerAsync();
        var (gone, other) = (await SomebodyAsync("Gone", "gone@example.org"), await SomebodyAsync("Other"));
        await gone.PostAsync("My lamp is broken");
        await other.PostAsync("Hello?");
        // Looked at, it makes no letter to the owner.
        await Row(owner, other).ClickAsync();
        await Expect(owner.Locator("#log .m")).ToContainTextAsync("Hello?");
        await Row(owner, gone).ClickAsync();
        await ReplyAsync(owner, "A new one is on its way.");
        await Expect(owner.Locator(".mt.me")).ToHaveTextAsync(new Regex("· E-mail to gone@… in 5 min$"));

        await PassAsync(owner, FiveMinutes);

        await Expect(owner.Locator(".mt.me.bad")).ToHaveTextAsync(new Regex("· E-mail refused: 550 5.1.1 No such user here$"));
        await Expect(owner.Locator(".m.fail")).ToContainTextAsync("A new one is on its way.");
        await Expect(Preview(owner, gone)).ToHaveTextAsync("Not e-mailed");
        await Expect(Notice(owner)).ToContainTextAsync("One e-mail could not be delivered this week.");

        await Row(owner, other).ClickAsync();
        await Expect(owner.Locator(".mt.bad")).ToHaveCountAsync(0);
        await Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(owner.Locator("#who")).ToHaveTextAsync("Gone");
        await Expect(owner.Locator(".mt.me.bad")).ToContainTextAsync("No such user here");
        await Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        await owner.ReloadAsync();
        await Expect(owner.Locator(".mt.me.bad")).ToContainTextAsync("No such user here");
        await Expect(Notice(owner)).Not.ToContainTextAsync("could not be delivered");

        await gone.MarkReadAsync();
        await Expect(owner.Locator(".mt.me")).ToHaveTextAsync(new Regex("· Seen$"));
        await Expect(owner.Locator(".m.fail")).ToHaveCountAsync(0);
        await Expect(Preview(owner, gone)).ToHaveTextAsync("You: A new one is on its way.");
    }

    [BrowserFact]
    public async Task When_the_hourly_breaker_holds_letters_back_the_owner_is_told()
    {
        await using var post = await MailAsync("Mail:MostPerHour=1");
        var owner = await OwnerAsync();
        foreach (var name in (string[])["Jo", "Ben"])
        {
            var visitor = await SomebodyAsync(name, name + "@example.org");
            await visitor.PostAsync("Hello?");
            await _mia.OpenChatAsync(visitor.ChatId);
            await _mia.ReplyAsync(visitor.ChatId, "Hello!");
        }

        await Expect(Rows(owner)).ToHaveCountAsync(2);
        await PassAsync(owner, FiveMinutes);

        await Expect(Notice(owner)).ToContainTextAsync("The rest will be sent later.");
        post.Count.Should().Be(1);
    }

    [BrowserFact]
    public async Task Without_mail_a_quiet_word_leads_to_the_settings_and_a_test_letter()
    {
        await using var post = MailServer.Start();
        var owner = await OwnerAsync();
        await Expect(Notice(owner)).ToContainTextAsync("E-mail isn’t set up");
        await Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Set up e-mail" }).ClickAsync();
        await Expect(owner.Locator("#set-mail")).ToHaveAttributeAsync("aria-selected", "true");
        var (button, came) = (
            owner.GetByRole(AriaRole.Button, new() { Name = "Send a test e-mail" }), owner.Locator("#set-p p.small[role=status]"));
        await button.ClickAsync();
        await Expect(came).ToContainTextAsync("E-mail is not set up yet");

        await owner.Locator("#k-Mail-From").FillAsync("support@shop.example");
        await owner.Locator("#k-Mail-Smtp-Host").FillAsync("127.0.0.1");
        await owner.Locator("#k-Mail-Smtp-Port").FillAsync($"{post.Port}");
        await owner.Locator("#k-Mail-Smtp-Security").SelectOptionAsync("none");
        await button.ClickAsync();

        await Expect(came).ToContainTextAsync("Sent to " + Owner);
        (await post.ReceiveAsync()).To.Should().Equal(Owner);
        await Expect(Notice(owner)).Not.ToContainTextAsync("E-mail isn’t set up");
        post.Mood = step => step == "MAIL" ? "530 5.7.0 Authentication required" : null;
        await button.ClickAsync();
        await Expect(came).ToHaveTextAsync(new Regex("The mail server said: .*Authentication required"));
        await owner.Locator("#k-Mail-Smtp-Port").FillAsync("none");
        await button.ClickAsync();
        await Expect(came).ToHaveTextAsync("Port must be a port from 1 to 65535.");
        await Expect(owner.Locator("#k-Mail-Smtp-Port-c")).ToHaveTextAsync("Port must be a port from 1 to 65535.");
        await Expect(owner.Locator("#k-Mail-Smtp-Port")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(owner.Locator("#k-Mail-Smtp-Port")).ToBeFocusedAsync();
        await CleanAsync(owner, "a setting that cannot be used");
        await owner.Locator("#k-Mail-Smtp-Port").FillAsync("587");
        await Expect(owner.Locator("#k-Mail-Smtp-Port-c")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task A_dismissed_word_about_mail_stays_away()
    {
        var owner = await OwnerAsync();
        await Notice(owner).GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        await Expect(Notice(owner)).Not.ToContainTextAsync("E-mail isn’t set up");
        await owner.ReloadAsync();
        await Expect(owner.Locator("#first-0")).ToBeVisibleAsync();
        await Expect(Notice(owner)).Not.ToContainTextAsync("E-mail isn’t set up");
    }

    /// <summary>A server that sends its letters to a mail server of ours.</summary>
    private async Task<MailServer> MailAsync(params string[] settings)
    {
        var post = MailServer.Start();
        await _server.DisposeAsync();
        _server = await LeanChatServer.StartAsync([.. post.Settings, .. settings]);
        // The page goes by the browser's clock.
        _server.Clock.SetUtcNow(DateTimeOffset.UtcNow);
        return post;
    }

    /// <summary>Turns the clock in steps short enough that each ping finds its pong; the browser has a turn between two of them.</summary>
    private async Task PassAsync(IPage page, TimeSpan time)
    {
        for (var step = TimeSpan.FromSeconds(15); time > TimeSpan.Zero; time -= step)
        {
            _server.Clock.Advance(step);
            await page.EvaluateAsync("fetch('/healthz')");
        }
    }
}
