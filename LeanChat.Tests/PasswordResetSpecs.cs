using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LeanChat.Tests;

/// <summary>An admin who has forgotten the password sets a new one by a link.</summary>
[Collection(DashboardStories.Name)]
public sealed class PasswordResetSpecs(Browser browser) : MailStories
{
    private const string Fresh = "a new long password";

    [Fact]
    public async Task The_link_sets_a_new_password_once_and_signs_in_nobody()
    {
        await using var dashboard = await Mia.WatchAsync();
        var ben = await Server.AdminAsync("ben@example.com", "Ben");
        await using var bens = await ben.WatchAsync();
        var letter = await AskAsync(" MIA@example.com");
        letter.To.Should().Equal("mia@example.com");
        letter.Subject.Should().Be("Set a new password for Shop");
        letter.Text.Should().Contain("good for 30 minutes");
        letter.Header("Auto-Submitted").Should().Be("auto-generated");
        var token = TokenOf(letter);
        Server.OnDisk().Should().NotContain(token, "only hashes are stored");

        (await ResetAsync(token, "short")).Error.Should().Be("bad_request");
        var reply = await ResetAsync(token, Fresh);

        reply.Status.Should().Be(204);
        reply.Header("Set-Cookie").Should().BeNull();
        (await dashboard.ClosedAsync().WaitAsync(Second)).Should().Be(4401);
        (await Mia.GetAsync("/me")).Status.Should().Be(401);
        await bens.SettleAsync();
        (await ben.GetAsync("/me")).Status.Should().Be(200, "he is another");
        (await Mia.PostAsync("/login", new { email = Mia.Email, password = Admin.Password })).Status.Should().Be(401);
        await Mia.SignInAsync(Fresh);
        (await ResetAsync(token, Fresh)).Error.Should().Be("forbidden");
    }

    [Fact]
    public async Task A_link_is_good_for_half_an_hour_and_until_the_password_changes()
    {
        var old = TokenOf(await AskAsync());
        await PassAsync(30 * Minute);
        (await ResetAsync(old, Fresh)).Error.Should().Be("forbidden");

        var overtaken = TokenOf(await AskAsync());
        (await Mia.PostAsync("/password", new { current_password = Admin.Password, password = Fresh })).Status.Should().Be(204);
        (await ResetAsync(overtaken, "another password")).Error.Should().Be("forbidden");
        (await ResetAsync("made up", Fresh)).Error.Should().Be("forbidden");
        (await ResetAsync(null, Fresh)).Error.Should().Be("forbidden");
    }

    [Fact]
    public async Task Of_two_who_use_a_link_at_once_one_gets_in()
    {
        var token = TokenOf(await AskAsync());

        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(each => ResetAsync(token, $"{Fresh} {each}")));

        replies.Select(reply => reply.Status).Order().Should().Equal(204, 403, 403, 403);
    }

    [Fact]
    public async Task An_unknown_address_is_answered_alike_and_gets_nothing()
    {
        var known = await ForgotAsync(Mia.Email);
        var unknown = await ForgotAsync("jo@example.org");
        var odd = await ForgotAsync("no address");

        foreach (var reply in (Reply[])[known, unknown, odd])
        {
            (reply.Status, reply.Text).Should().Be((204, ""));
            Names(reply).Should().Equal(Names(known));
        }

        (await Post.ReceiveAsync()).To.Should().Equal("mia@example.com");
        await IdleAsync();
        Post.Count.Should().Be(1);
        (await Server.QueryAsync("select email from admin_letters")).Should().BeEmpty();

        static IEnumerable<string> Names(Reply reply) => reply.Response.Headers.Select(header => header.Key).Order();
    }

    [Fact]
    public async Task Who_asks_too_often_has_to_wait()
    {
        for (var each = 0; each < 5; each++)
            (await ForgotAsync("mia@example.com", $"203.0.113.{each}")).Status.Should().Be(204);
        var refused = await ForgotAsync("MIA@example.com", "203.0.113.9");
        (refused.Status, refused.Error).Should().Be((429, "too_many_requests"));
        refused.Header("Retry-After").Should().NotBeNull();
        for (var each = 0; each < 5; each++)
            (await ForgotAsync($"somebody{each}@example.com", "203.0.113.20")).Status.Should().Be(204);
        (await ForgotAsync("another@example.com", "203.0.113.20")).Status.Should().Be(429);
        (await ForgotAsync("another@example.com", "203.0.113.21")).Status.Should().Be(204);
        await PassAsync(15 * Minute);
        (await ForgotAsync("mia@example.com", "203.0.113.20")).Status.Should().Be(204);
    }

    [Fact]
    public async Task Whoever_was_locked_out_gets_in_with_the_new_password()
    {
        for (var each = 0; each < 5; each++)
            (await Mia.PostAsync("/login", new { email = Mia.Email, password = "wrong password" })).Status.Should().Be(401);
        (await Mia.PostAsync("/login", new { email = Mia.Email, password = Admin.Password })).Status.Should().Be(429);

        (await ResetAsync(TokenOf(await AskAsync()), Fresh)).Status.Should().Be(204);

        await Mia.SignInAsync(Fresh);
    }

    [Fact]
    public async Task It_is_told_after_a_crash_and_by_a_mail_server_that_comes_back_but_not_when_it_is_too_late()
    {
        Post.Mood = step => step == "DATA" ? "hang" : null;
        await ForgotAsync(Mia.Email);
        await Post.ReachedAsync("DATA");
        await Server.RestartAsync();
        Post.Mood = step => step == "MAIL" ? "451 later" : null;
        await PassAsync(Minute, idle: false);
        await Post.ReachedAsync("MAIL");
        await IdleAsync();
        Post.Mood = _ => null;
        await PassAsync(2 * Minute, idle: false);
        (await ResetAsync(TokenOf(await Post.ReceiveAsync()), Fresh)).Status.Should().Be(204);

        Post.Mood = step => step == "MAIL" ? "451 later" : null;
        await ForgotAsync(Mia.Email);
        await Post.ReachedAsync("MAIL");
        await IdleAsync();
        Post.Mood = _ => null;
        await PassAsync(30 * Minute);
        Post.Count.Should().Be(1, "the link would be too late");
        (await Server.QueryAsync("select id from admin_letters")).Should().BeEmpty();
    }

    [Fact]
    public async Task Only_our_own_pages_ask()
    {
        foreach (var path in (string[])["/password/forgot", "/password/reset"])
        {
            (await Mia.RequestAsync(HttpMethod.Post, path, new { email = Mia.Email }, "https://evil.example")).Status.Should().Be(403);
            (await Mia.PostAsync(path, new StringContent("[]"))).Error.Should().Be("bad_request");
        }

        await IdleAsync();
        Post.Count.Should().Be(0);
    }

    [BrowserFact]
    public async Task The_sign_in_form_leads_there_and_back()
    {
        var page = await browser.PersonAsync();
        await page.GotoAsync(Server.Origin + "/admin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Forgot your password?" }).ClickAsync();
        (await Axe.ViolationsAsync(page)).Should().BeEmpty();
        await page.GetByRole(AriaRole.Button, new() { Name = "Back to sign-in" }).ClickAsync();
        await Expect(page.Locator("#door h1")).ToHaveTextAsync("Sign in to your inbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Forgot your password?" }).ClickAsync();
        await page.Locator("#d-email").FillAsync(Mia.Email);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#door .lead")).ToHaveTextAsync(
            "If that address belongs to an admin, an e-mail is on its way. It is good for 30 minutes.");

        var link = $"{Server.Origin}/admin#reset={TokenOf(await Post.ReceiveAsync())}";
        await page.GotoAsync("about:blank");
        await page.GotoAsync(link);
        await Expect(page.Locator("#door h1")).ToHaveTextAsync("Set a new password");
        (await Axe.ViolationsAsync(page)).Should().BeEmpty();
        await page.Locator("#d-pass").FillAsync("short");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#door [role=alert]")).ToContainTextAsync("8 to 256 characters");
        await page.Locator("#d-pass").FillAsync(Fresh);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#door .lead")).ToHaveTextAsync("Your new password is saved. Sign in with it.");
        page.Url.Should().Be(Server.Origin + "/admin", "a used token must not lie in the history");
        await page.Locator("#d-email").FillAsync(Mia.Email);
        await page.Locator("#d-pass").FillAsync(Fresh);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No conversations yet" })).ToBeVisibleAsync();

        var again = await browser.PersonAsync(390, 780, ColorScheme.Dark, phone: true);
        await again.GotoAsync(link);
        await again.Locator("#d-pass").FillAsync(Fresh);
        await again.Locator("#door .btn").ClickAsync();
        await Expect(again.Locator("#door [role=alert]")).ToHaveTextAsync(
            "This link has been used or is out of date. Ask for a new one.");
        await Expect(again.Locator("#d-email")).ToBeVisibleAsync();
        (await Axe.ViolationsAsync(again)).Should().BeEmpty();
        await page.Context.CloseAsync();
        await again.Context.CloseAsync();
    }

    [BrowserFact]
    public async Task Without_e_mail_it_names_the_command()
    {
        await using var bare = await LeanChatServer.StartAsync();
        await bare.AdminAsync();
        var page = await browser.PersonAsync();
        await page.GotoAsync(bare.Origin + "/admin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Forgot your password?" }).ClickAsync();

        await Expect(page.Locator("#door .lead")).ToContainTextAsync("leanchat admin reset EMAIL");
        await Expect(page.Locator("#door .btn")).ToBeHiddenAsync();
        (await new Admin(bare, "").PostAsync("/password/forgot", new { email = "mia@example.com" })).Status.Should().Be(204);
        (await bare.QueryAsync("select id from admin_letters")).Should().BeEmpty();
        await page.Context.CloseAsync();
    }

    private async Task<Mail> AskAsync(string email = "mia@example.com")
    {
        (await ForgotAsync(email)).Status.Should().Be(204);
        return await Post.ReceiveAsync();
    }

    private Task<Reply> ForgotAsync(string email, string address = "203.0.113.200") => Server.AskAsync(
        HttpMethod.Post, "/admin/password/forgot", new { email }, ("Origin", Server.Origin), ("X-Forwarded-For", address));

    private Task<Reply> ResetAsync(string? token, string password) => Server.AskAsync(
        HttpMethod.Post, "/admin/password/reset", new { token, password }, ("Origin", Server.Origin));

    private static string TokenOf(Mail letter) => Regex.Match(letter.Text, @"/admin#reset=(\S+)").Groups[1].Value;
}
