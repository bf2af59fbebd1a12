using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>A sign-in with a browser that is new is told to that admin.</summary>
public sealed class NewDeviceSpecs : MailStories
{
    private const string Firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

    [Fact]
    public async Task A_new_browser_is_told_once_and_a_known_one_never()
    {
        var ben = await Server.AdminAsync("ben@example.com", "Ben");
        await IdleAsync();
        Post.Count.Should().Be(0, "the first sign-in of each is none");

        var reply = await SignInAsync(Mia.Email);

        var letter = await Post.ReceiveAsync();
        letter.To.Should().Equal("mia@example.com");
        letter.Subject.Should().Be("New sign-in to Shop");
        letter.Text.Should().Contain("Firefox on Windows").And.Contain("Sunday, 22 November 2026, 09:00 (UTC)").And.Contain("203.0.113.7")
            .And.Contain($"If this was not you: reset your password:\n{Server.Origin}/admin#forgot");
        var cookie = reply.Cookie("leanchat_device")!;
        cookie.Should().HaveLength(43);
        reply.Header("Set-Cookie")!.ToLowerInvariant()
            .Should().MatchRegex("leanchat_device=[^;]+;[^,]*max-age=34560000").And.MatchRegex("leanchat_device=[^;]+;[^,]*httponly");
        Server.OnDisk().Should().NotContain(cookie, "only its hash is stored");
        (await SignInAsync(Mia.Email, cookie)).Cookie("leanchat_device").Should().Be(cookie);
        await IdleAsync();
        Post.Count.Should().Be(1);

        await SignInAsync(ben.Email, cookie);
        (await Post.ReceiveAsync()).To.Should().Equal("ben@example.com");
        await SignInAsync(Mia.Email, "made-up\"cookie");
        (await Post.ReceiveAsync()).To.Should().Equal("mia@example.com");
    }

    [Fact]
    public async Task A_mail_server_that_is_away_holds_up_nobody_and_is_told_later()
    {
        Post.Mood = step => step == "CONNECT" ? "hang" : null;
        var begun = System.Diagnostics.Stopwatch.StartNew();
        (await SignInAsync(Mia.Email)).Status.Should().Be(200);
        (await SignInAsync(Mia.Email)).Status.Should().Be(200);
        begun.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10), "a mail server is waited for longer");
        await Server.StopAsync();
        Post.Mood = _ => null;
        await Server.StartAgainAsync();

        await PassAsync(Hour, idle: false);

        (await Post.ReceiveAsync()).Text.Should().Contain("Firefox on Windows");
        await Post.ReceiveAsync();
    }

    [Fact]
    public async Task A_wrong_password_is_not_told()
    {
        (await SignInAsync(Mia.Email, password: "wrong password")).Status.Should().Be(401);
        await IdleAsync();
        Post.Count.Should().Be(0);
    }

    [Theory]
    [InlineData(Firefox, "Firefox on Windows")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15", "Safari on a Mac")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/140.0 Mobile Safari/604.1", "Chrome on an iPhone")]
    [InlineData("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Linux")]
    [InlineData("curl/8.5.0", "Unknown browser")]
    [InlineData(null, "Unknown browser")]
    public void A_browser_is_told_in_words(string? userAgent, string words) => UserAgent.Describe(userAgent).Should().Be(words);

    private Task<Reply> SignInAsync(string email, string? device = null, string password = Admin.Password) => Server.AskAsync(
        HttpMethod.Post, "/admin/login", new { email, password },
        [
            ("Origin", Server.Origin), ("User-Agent", Firefox), ("X-Forwarded-For", "203.0.113.7"),
            .. device is null ? [] : ((string, string)[])[("Cookie", "leanchat_device=" + device)],
        ]);
}
