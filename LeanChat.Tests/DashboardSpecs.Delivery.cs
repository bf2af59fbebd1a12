using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>The line under a reply tells what has become of it, live, and no more than is known.</summary>
public sealed partial class DashboardSpecs
{
    [BrowserFact]
    public async Task The_line_under_a_reply_counts_the_minutes_until_it_is_e_mailed_and_says_when_that_is_off()
    {
        await using var post = await MailAsync();
        var owner = await OwnerAsync(ready: false);
        await owner.Clock.InstallAsync();
        // The page would put its clock right by the server's.
        await owner.AddInitScriptAsync(
            """
            const { get } = Headers.prototype;
            Headers.prototype.get = function (name) { return name === 'date' ? null : get.call(this, name); };
            """);
        await owner.ReloadAsync();
        await Expect(owner.Locator("#set-b")).ToBeVisibleAsync();
        var jo = await SomebodyAsync("Jo", "jo@example.org");
        await jo.PostAsync("Is it back?");
        await Row(owner, jo).ClickAsync();
        await ReplyAsync(owner, "It is.");
        var line = owner.Locator(".mt.me");
        await Expect(line).ToHaveTextAsync(new Regex("· E-mail to jo@… in 5 min$"));
        await Expect(line).ToHaveAttributeAsync("title", new Regex("· To jo@example.org$"));

        await owner.Clock.RunForAsync(95_000);
        await Expect(line).ToHaveTextAsync(new Regex("· E-mail to jo@… in [34] min$"));
        await ReplyAsync(owner, "Shall I hold one?");
        await Expect(line).ToHaveTextAsync([new Regex("· E-mail to jo@… in [34] min$")]);
        // Another address, or none that takes e-mail, is told at once.
        await jo.IdentifyAsync(new { name = "Jo", email = "joanna@example.org" });
        await Expect(line).ToHaveTextAsync([new Regex("· E-mail to joanna@…")]);
        await owner.Locator("#arch").ClickAsync();
        await Expect(line).ToHaveTextAsync([new Regex("· Archived: no e-mail goes out$")]);
        await owner.Locator("#arch").ClickAsync();
        Tell(MailState(null, Silent("joanna@example.org", "unsubscribed")));
        await Expect(line).ToHaveTextAsync([new Regex("· Unsubscribed from e-mail: they will see this when they come back$")]);
        Tell(MailState(null, Silent("joanna@example.org", "refused", "550 5.1.1 No such user here")));
        await Expect(line).ToHaveTextAsync([new Regex("· This address takes no e-mail: they will see this when they come back$")]);
        Tell(MailState());
        await Expect(line).ToHaveTextAsync([new Regex("· E-mail to joanna@…")]);

        await jo.MarkReadAsync();
        await Expect(line).ToHaveTextAsync([new Regex(@"(\d|now) · Seen$")]);
        await owner.ReloadAsync();
        await Expect(line).ToHaveTextAsync([new Regex(@"(\d|now) · Seen$")]);
        post.Count.Should().Be(0);
    }

    [BrowserFact]
    public async Task Without_an_address_the_line_says_that_no_e_mail_goes_out()
    {
        await using var post = await MailAsync();
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo");
        await jo.PostAsync("Is it back?");
        await Row(owner, jo).ClickAsync();
        await ReplyAsync(owner, "It is.");
        var line = owner.Locator(".mt.me");
        await Expect(line).ToHaveTextAsync(new Regex("· No address: they will see this when they come back$"));

        await using (await jo.OpenAsync())
            await Expect(line).ToHaveTextAsync(new Regex("· Sent$"));
        await Expect(line).ToHaveTextAsync(new Regex("· No address: they will see this when they come back$"));
        await jo.IdentifyAsync(new { email = "jo@example.org" });
        await Expect(line).ToHaveTextAsync(new Regex("· E-mail to jo@… in 5 min$"));
    }

    [BrowserFact]
    public async Task While_the_mail_server_says_later_the_line_has_its_words_and_the_next_try()
    {
        await using var post = await MailAsync();
        post.Mood = step => step == "RCPT" ? "451 4.7.1 Greylisted, try again later" : null;
        var owner = await OwnerAsync();
        var jo = await SomebodyAsync("Jo", "jo@example.org");
        await jo.PostAsync("Is it back?");
        await Row(owner, jo).ClickAsync();
        await ReplyAsync(owner, "It is.");
        var line = owner.Locator(".mt.me");
        await Expect(line).ToHaveTextAsync(new Regex("in 5 min$"));

        await PassAsync(owner, FiveMinutes);

        await Expect(line).ToHaveTextAsync(new Regex(@"· Not e-mailed yet, next try in \d min: 451 4.7.1 Greylisted, try again later$"));
        await Expect(owner.Locator(".mt.bad")).ToHaveCountAsync(0);
        post.Mood = _ => null;
        await PassAsync(owner, TimeSpan.FromMinutes(2));
        await Expect(line).ToHaveTextAsync(new Regex(@"· E-mailed \d\d:\d\d$"));
    }
}
