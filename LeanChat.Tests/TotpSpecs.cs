using LeanChat.People;

namespace LeanChat.Tests;

/// <summary>A password alone does not open the dashboard, for who wants it so (RFC 6238).</summary>
public sealed class TotpSpecs : DeskStories
{
    private string _secret = "";
    private string[] _recovery = [];

    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void The_codes_are_those_of_the_standard(long seconds, string code)
    {
        // RFC 6238, appendix B: the last six of its eight digits.
        var key = System.Text.Encoding.ASCII.GetBytes("12345678901234567890");
        Totp.CodeOf(key, Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds))).Should().Be(code);
    }

    [Fact]
    public async Task Nothing_changes_before_a_code_confirms_it()
    {
        var begun = await Mia.PostAsync("/totp");
        begun.Status.Should().Be(200, begun.Text);
        var secret = (string)begun.Json!["secret"]!;
        secret.Should().MatchRegex("^[A-Z2-7]{32}$", "160 bits");
        ((string)begun.Json["uri"]!).Should().StartWith("otpauth://totp/LeanChat:mia%40example.com?secret=" + secret);
        (await Mia.PostAsync("/totp/confirm", new { code = "000000" })).ShouldBeRefused(400, "bad_request");
        ((bool)(await Mia.GetAsync("/me")).Json!["totp"]!).Should().BeFalse();
        (await LoginAsync(null)).Status.Should().Be(200);
        (await Ben.PostAsync("/totp/confirm", new { code = "000000" })).ShouldBeRefused(409, "conflict");
        _secret = (string)(await Mia.PostAsync("/totp")).Json!["secret"]!;
        _secret.Should().NotBe(secret);
        (await Mia.PostAsync("/totp/confirm", new { code = CodeOf(secret) })).ShouldBeRefused(400, "bad_request");
        Server.OnDisk().Should().NotContain(secret).And.NotContain(_secret).And.NotContain(Hex(_secret));
    }

    [Fact]
    public async Task A_code_is_asked_for_after_the_right_password_only()
    {
        await TurnOnAsync();

        (await LoginAsync(null)).ShouldBeRefused(401, "totp_required");
        (await LoginAsync("")).ShouldBeRefused(401, "totp_required");
        (await LoginAsync(null, "wrong password")).ShouldBeRefused(401, "unauthorized");
        (await LoginAsync(CodeNow(), "wrong password")).ShouldBeRefused(401, "unauthorized");
        (await LoginAsync("123456")).ShouldBeRefused(401, "unauthorized");
        Server.Clock.Advance(Minute);
        var reply = await LoginAsync(CodeNow());
        (reply.Status, (bool)reply.Json!["totp"]!).Should().Be((200, true));
        ((bool)(await Ben.GetAsync("/me")).Json!["totp"]!).Should().BeFalse("he is another");
        (await Ben.PostAsync("/login", new { email = Ben.Email, password = Admin.Password })).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_code_is_good_for_a_step_before_and_after_and_once()
    {
        await TurnOnAsync();
        (await LoginAsync(CodeNow())).ShouldBeRefused(401, "unauthorized");
        Server.Clock.Advance(2 * Minute);
        (await LoginAsync(CodeNow(-2))).ShouldBeRefused(401, "unauthorized");
        (await LoginAsync(CodeNow(2))).ShouldBeRefused(401, "unauthorized");
        (await LoginAsync(CodeNow(-1))).Status.Should().Be(200);
        (await LoginAsync(CodeNow(-1))).ShouldBeRefused(401, "unauthorized");
        (await LoginAsync(CodeNow(1))).Status.Should().Be(200);
        (await LoginAsync(CodeNow())).ShouldBeRefused(401, "unauthorized");
        Server.Clock.Advance(15 * Minute);
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => LoginAsync(CodeNow()[..3] + " " + CodeNow()[3..])));
        replies.Select(reply => reply.Status).Order().Should().Equal(200, 401, 401, 401);
    }

    [Fact]
    public async Task Asking_is_no_failure_and_a_wrong_code_is_one()
    {
        await TurnOnAsync();
        for (var each = 0; each < 8; each++)
            (await LoginAsync(null)).ShouldBeRefused(401, "totp_required");
        for (var each = 0; each < 5; each++)
            (await LoginAsync("000000")).ShouldBeRefused(401, "unauthorized");
        Server.Clock.Advance(Minute);
        (await LoginAsync(CodeNow())).ShouldBeRefused(429, "too_many_requests");
        Server.Clock.Advance(15 * Minute);
        (await LoginAsync(CodeNow())).Status.Should().Be(200);
    }

    [Fact]
    public async Task Ten_codes_work_once_each_and_only_their_hashes_are_stored()
    {
        await TurnOnAsync();
        _recovery.Should().HaveCount(10).And.OnlyHaveUniqueItems();
        Server.OnDisk().Should().NotContainAny(_recovery);

        (await LoginAsync(_recovery[3])).Status.Should().Be(200);
        (await LoginAsync(_recovery[3])).ShouldBeRefused(401, "unauthorized");
        (await LoginAsync(_recovery[4].ToLowerInvariant().Replace('-', ' '))).Status.Should().Be(200, "however it is typed");
        (await Server.QueryAsync("select count(*) from recovery_codes")).Should().Equal("8");
    }

    [Fact]
    public async Task Turning_it_on_ends_the_other_sessions_and_it_is_on_once()
    {
        var phone = await new Admin(Server, Mia.Email).SignInAsync();
        await using var board = await phone.WatchAsync();

        await TurnOnAsync();

        (await board.ClosedAsync().WaitAsync(Second)).Should().Be(4401);
        (await phone.GetAsync("/me")).Status.Should().Be(401);
        ((bool)(await Mia.GetAsync("/me")).Json!["totp"]!).Should().BeTrue();
        (await Mia.PostAsync("/totp")).ShouldBeRefused(409, "conflict");
        (await Mia.PostAsync("/totp/confirm", new { code = CodeNow() })).ShouldBeRefused(409, "conflict");
    }

    [Fact]
    public async Task The_password_turns_it_off()
    {
        await TurnOnAsync();
        (await DeleteAsync("/totp", new { password = "wrong password" })).ShouldBeRefused(403, "forbidden");
        (await LoginAsync(null)).ShouldBeRefused(401, "totp_required");

        (await DeleteAsync("/totp", new { password = Admin.Password })).Status.Should().Be(204);

        (await LoginAsync(null)).Status.Should().Be(200);
        (await Server.QueryAsync("select admin_id from totp_keys union all select admin_id from recovery_codes")).Should().BeEmpty();
        (await DeleteAsync("/totp", new { password = Admin.Password })).Status.Should().Be(204, "twice is once");
        (await Mia.PostAsync("/totp")).Status.Should().Be(200);
    }

    [Fact]
    public async Task The_operator_gets_somebody_in_who_has_lost_everything()
    {
        await TurnOnAsync();

        (await Server.Get<Admins.AdminSignIn>().ResetAsync(Mia.Email, "a new long password")).Should().BeTrue();

        (await Mia.PostAsync("/login", new { email = Mia.Email, password = "a new long password" })).Status.Should().Be(200);
    }

    [Fact]
    public async Task Without_the_key_file_only_the_ten_codes_open()
    {
        await TurnOnAsync();
        await Server.StopAsync();
        File.Delete(Path.Combine(Server.Directory, "leanchat.key"));
        await Server.StartAgainAsync();
        Server.Clock.Advance(Minute);

        (await LoginAsync(CodeNow())).ShouldBeRefused(401, "unauthorized");
        (await LoginAsync(_recovery[0])).Status.Should().Be(200);
    }

    private async Task TurnOnAsync()
    {
        _secret = (string)(await Mia.PostAsync("/totp")).Json!["secret"]!;
        var reply = await Mia.PostAsync("/totp/confirm", new { code = CodeNow() });
        reply.Status.Should().Be(200, reply.Text);
        _recovery = [.. reply.Json!["recovery_codes"]!.AsArray().Select(code => (string)code!)];
    }

    private Task<Reply> LoginAsync(string? code, string password = Admin.Password) =>
        new Admin(Server, Mia.Email).PostAsync("/login", new { email = Mia.Email, password, code });

    private string CodeNow(int later = 0) => CodeOf(_secret, later);

    /// <summary>What the app shows.</summary>
    private string CodeOf(string secret, int later = 0) => Totp.CodeOf(Bytes(secret), Totp.StepAt(Server.Clock.GetUtcNow()) + later);

    private static string Hex(string secret) => Convert.ToHexStringLower(Bytes(secret));

    private static byte[] Bytes(string base32)
    {
        var bits = string.Concat(base32.Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Where(part => part.Length == 8).Select(part => Convert.ToByte(new string(part), 2))];
    }
}
