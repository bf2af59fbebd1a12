using System.Text.Json.Nodes;
using LeanChat.Cli;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>One mistake does not silence people for good: what a mail server says, what follows from it, and how the
/// owner sees and mends it.</summary>
public sealed class SilentAddressSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private MailServer _post = null!;
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _post = MailServer.Start();
        _server = await LeanChatServer.StartAsync(_post.Settings);
        _mia = await _server.AdminAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _post.DisposeAsync();
    }

    [Theory]
    [InlineData("RCPT", "504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname")]
    [InlineData("RCPT", "550 5.7.1 Relaying denied")]
    [InlineData("RCPT", "550 no such user here")]
    [InlineData("RCPT", "554 5.7.26 unauthenticated sender")]
    [InlineData("RCPT", "552 5.2.2 mailbox full")]
    [InlineData("RCPT", "550 4.1.1 not verified yet")]
    [InlineData("RCPT", "450 4.2.1 greylisted")]
    [InlineData("MAIL", "550 5.1.1 sender unknown")]
    [InlineData("DATA", "554 5.1.1 no valid recipients")]
    [InlineData("END", "550 5.1.1 looks like spam")]
    public async Task What_is_the_sending_sides_trouble_is_tried_again_and_silences_nobody(string step, string trouble)
    {
        await using var dashboard = await _mia.WatchAsync();
        var (jo, ann) = (await NewVisitorAsync("jo@example.org"), await NewVisitorAsync("ann@example.org"));
        _post.Mood = each => each == step ? trouble : null;
        await _mia.ReplyAsync(jo.ChatId, "One.");
        _server.Clock.Advance(5 * Minute);
        var told = await dashboard.HearAsync("mail");

        ((bool)told["sending"]!["ok"]!).Should().BeFalse();
        ((string)told["sending"]!["error"]!).Should().Be(trouble);
        ((string)told["sending"]!["since"]!).Should().Be(UtcText.Of(_server.Clock.GetUtcNow()));
        told["silent"]!.AsArray().Should().BeEmpty();
        (await ShowAsync())["sending"]!.ToJsonString().Should().Be(told["sending"]!.ToJsonString());
        _post.Mood = _ => null;
        await _mia.ReplyAsync(ann.ChatId, "Two.");
        _server.Clock.Advance(5 * Minute);

        (await ReceiveAsync(2)).Should().BeEquivalentTo("jo@example.org", "ann@example.org");
        ((bool)(await dashboard.HearAsync("mail"))["sending"]!["ok"]!).Should().BeTrue();
    }

    [Theory]
    [InlineData("550 5.1.1 no such user")]
    [InlineData("550-5.1.1 The account that you tried to reach\r\n550 5.1.1 does not exist")]
    [InlineData("556 5.1.10 null MX")]
    [InlineData("550 5.1.2 no such host")]
    [InlineData("553 5.1.3 bad syntax")]
    [InlineData("551 5.1.6 moved")]
    [InlineData("550 5.2.1 disabled")]
    [InlineData("450 5.1.1 the enhanced code counts first")]
    public async Task A_mailbox_that_is_not_there_fails_its_letter_at_once_and_is_silent_for_thirty_days(string trouble)
    {
        await using var dashboard = await _mia.WatchAsync();
        var (jo, ann) = (await NewVisitorAsync("Jo@Example.org"), await NewVisitorAsync("ann@example.org"));
        _post.Answers = command => command.Contains("Jo@", StringComparison.OrdinalIgnoreCase)
            && command.StartsWith("RCPT", StringComparison.Ordinal) ? trouble : null;
        await _mia.ReplyAsync(jo.ChatId, "One.");
        await _mia.ReplyAsync(ann.ChatId, "Two.");
        _server.Clock.Advance(5 * Minute);
        (await ReceiveAsync(1)).Should().Equal("ann@example.org");
        await dashboard.HearAsync("mail");
        _post.Answers = _ => null;

        var mail = await ShowAsync();
        ((bool)mail["sending"]!["ok"]!).Should().BeTrue("nothing waits");
        var silent = mail["silent"]!.AsArray().Should().ContainSingle().Which!;
        ((string)silent["address"]!).Should().Be("jo@example.org");
        ((string)silent["reason"]!).Should().Be("refused");
        ((string)silent["error"]!).Should().StartWith(trouble[..9].Replace('-', ' '));
        var until = UtcText.Parse((string)silent["until"]!);
        until.Should().BeCloseTo(_server.Clock.GetUtcNow().AddDays(30), TimeSpan.FromSeconds(1));

        var again = await NewVisitorAsync("jo@EXAMPLE.org");
        await _mia.ReplyAsync(again.ChatId, "Hello?");
        _server.Clock.Advance(24 * Hour);
        await SettledAsync();
        _post.Count.Should().Be(1, "another chat and another spelling are the same address");

        _server.Clock.AdjustTime(until);
        await _mia.SignInAsync();
        (await ShowAsync())["silent"]!.AsArray().Should().BeEmpty();
        await _mia.ReplyAsync(again.ChatId, "Still there?");
        _server.Clock.Advance(5 * Minute);
        (await ReceiveAsync(1)).Should().Equal("jo@EXAMPLE.org");
    }

    [Theory]
    [InlineData("jo@example.org")]
    [InlineData("o'brien+a/b%2F@example.org")]
    [InlineData("kenji.@docomo.ne.jp")]
    public async Task The_owner_can_lift_a_silence(string address)
    {
        await using var dashboard = await _mia.WatchAsync();
        var visitor = await NewVisitorAsync(address);
        _post.Mood = step => step == "RCPT" ? "550 5.1.1 no such user" : null;
        await _mia.ReplyAsync(visitor.ChatId, "One.");
        _server.Clock.Advance(5 * Minute);
        ((string)(await dashboard.HearAsync("mail"))["silent"]![0]!["address"]!).Should().Be(address.ToLowerInvariant());
        _post.Mood = _ => null;

        (await LiftAsync("nobody@example.org")).Should().Be((404, "not_found"));
        (await LiftAsync(address.ToUpperInvariant())).Should().Be((204, null));
        (await LiftAsync(address)).Should().Be((404, "not_found"));

        (await dashboard.HearAsync("mail"))["silent"]!.AsArray().Should().BeEmpty();
        await _mia.ReplyAsync(visitor.ChatId, "Two.");
        _server.Clock.Advance(5 * Minute);
        (await ReceiveAsync(1)).Should().HaveCount(1);
    }

    [Fact]
    public async Task What_the_person_wanted_the_owner_cannot_lift()
    {
        var jo = await NewVisitorAsync("Jo@example.org");
        await _mia.ReplyAsync(jo.ChatId, "One.");
        _server.Clock.Advance(5 * Minute);
        var link = new Uri((await _post.ReceiveAsync()).Header("List-Unsubscribe")!.Trim('<', '>'));
        using var http = _server.Client();
        (await http.PostAsync(link.PathAndQuery, null)).EnsureSuccessStatusCode();

        var silent = (await ShowAsync())["silent"]![0]!;
        ((string)silent["reason"]!, (string)silent["address"]!, (string?)silent["until"])
            .Should().Be(("unsubscribed", "jo@example.org", null));
        (await LiftAsync("jo@example.org")).Should().Be((409, "conflict"));
        // A refusal, as by a letter that was on its way, does not make it the owner's to lift.
        await _server.Database.WriteAsync(tx =>
        {
            LeanChat.Mail.SilentAddressStore.Refuse(tx, "jo@example.org", "550 5.1.1 gone");
            return true;
        });
        (await LiftAsync("jo@example.org")).Should().Be((409, "conflict"));
    }

    [Fact]
    public async Task Ten_letters_a_day_are_for_an_address_however_it_is_spelled()
    {
        for (var each = 0; each < 12; each++)
            await _mia.ReplyAsync((await NewVisitorAsync(each % 2 == 0 ? "Victim@x" : " victim@X ")).ChatId, $"Reply {each}.");

        _server.Clock.Advance(6 * Minute);
        await ReceiveAsync(10);
        await SettledAsync();
        _post.Count.Should().Be(10);
        _server.Clock.Advance(24 * Hour);

        await ReceiveAsync(2);
    }

    [Fact]
    public async Task Admins_have_no_such_cap_and_get_one_letter_for_all_that_waits()
    {
        for (var round = 1; round <= 12; round++)
        {
            var (ann, ben) = (await NewVisitorAsync($"ann{round}@example.org"), await NewVisitorAsync($"ben{round}@example.org"));
            await ann.PostAsync($"Ann's question {round}");
            await ben.PostAsync($"Ben's question {round}");
            _server.Clock.Advance(Minute);

            var letter = await _post.ReceiveAsync();
            letter.To.Should().Equal("mia@example.com");
            letter.Subject.Should().Be("2 visitors wrote to Shop");
            foreach (var (body, chat) in ((string, string)[])[
                (letter.Text, ann.ChatId), (letter.Text, ben.ChatId), (letter.Html, ann.ChatId), (letter.Html, ben.ChatId)])
                body.Should().Contain("question " + round).And.Contain("/admin#chat=" + chat);
        }

        await SettledAsync();
        _post.Count.Should().Be(12);
    }

    [Theory]
    [InlineData("chat.shop.example")]
    [InlineData("shop.example", "PublicUrl=")]
    [InlineData("mail.shop.example", "Mail:HeloName=mail.shop.example")]
    [InlineData("[192.0.2.1]", "PublicUrl=http://192.0.2.1:5080")]
    public async Task Ehlo_says_who_we_are(string expected, params string[] settings)
    {
        await using var server = await LeanChatServer.StartAsync([.. _post.Settings, "PublicUrl=https://chat.shop.example", .. settings]);
        var doctor = Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<Doctor>(server.Services);

        var finding = (await doctor.ExamineAsync(server.Origin, "owner@example.com", CancellationToken.None).ToListAsync()).Single(
            each => each.About == "mail");

        finding.Good.Should().BeTrue(finding.Says);
        finding.Says.Should().Contain(expected).And.Contain("EHLO");
        _post.Heard.Should().Contain("EHLO " + expected);
    }

    [Fact]
    public async Task The_mail_servers_words_are_told_without_the_password()
    {
        await using var server = await LeanChatServer.StartAsync(
            [.. _post.Settings, "Mail:Smtp:User=post", "Mail:Smtp:Password=correct-horse"]);
        var mia = await server.AdminAsync();
        _post.Mood = step => step switch
        {
            "EHLO" => "250-mail.shop.example\r\n250 AUTH PLAIN",
            "AUTH" => "535 5.7.8 correct-horse is wrong, and so is AHBvc3QAY29ycmVjdC1ob3JzZQ==",
            _ => null,
        };

        var refused = await mia.PostAsync("/settings/test_mail");

        refused.Status.Should().Be(409);
        refused.Text.Should().Contain("*** is wrong, and so is ***").And.NotContain("correct-horse");
    }

    [Fact]
    public async Task Those_who_were_silenced_by_mistake_before_get_letters_again()
    {
        var old = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Here())!, "OldSchemas", "2.sql"));
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
        connection.Open();
        Run(old +
            """
            ;insert into silent_addresses values ('helo@x', 'bounced', '504 5.5.2 <vm>: Helo command rejected', '2026-11-01T00:00:00.000Z'),
              ('relay@x', 'bounced', '550 5.7.1 Relaying denied', '2026-11-01T00:00:00.000Z'),
              ('plain@x', 'bounced', '550 no such user', '2026-11-01T00:00:00.000Z'),
              ('gone@x', 'bounced', '550 5.1.1 no such user', '2026-11-01T00:00:00.000Z'),
              ('null@x', 'bounced', '556 5.1.10', '2026-11-01T00:00:00.000Z'),
              ('like@x', 'bounced', '556 5.1.11 x', '2026-11-01T00:00:00.000Z'),
              ('person@x', 'unsubscribed', null, '2026-11-01T00:00:00.000Z');
            insert into admins values ('a1', 'mia@example.com', 'Mia', 'x', '2026-11-01T00:00:00.000Z');
            pragma user_version = 2;
            """);

        Storage.Migrations.Run(connection);

        Ask(
            "select group_concat(address || ' ' || reason || ' ' || coalesce(until, "
            + "'-'), ', ') from (select * from silent_addresses order by address)")
            .Should().Be("gone@x refused 2026-12-01T00:00:00.000Z, null@x refused 2026-12-01T00:00:00.000Z, person@x unsubscribed -");
        Ask("select email || ' ' || email_key from admins").Should().Be("mia@example.com mia@example.com");

        void Run(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        string Ask(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            return (string)command.ExecuteScalar()!;
        }
    }

    private async Task<JsonNode> ShowAsync() => (await _mia.GetAsync("/mail")).Json!;

    private async Task<(int Status, string? Error)> LiftAsync(string address)
    {
        var reply = await _mia.RequestAsync(HttpMethod.Delete, "/mail/silent/" + Uri.EscapeDataString(address));
        return (reply.Status, reply.Error);
    }

    private async Task<Visitor> NewVisitorAsync(string email)
    {
        var visitor = await _server.VisitorAsync();
        (await visitor.IdentifyAsync(new { email })).Status.Should().Be(200);
        return visitor;
    }

    private async Task<List<string>> ReceiveAsync(int count)
    {
        var all = new List<string>();
        for (var each = 0; each < count; each++)
            all.AddRange((await _post.ReceiveAsync()).To);
        return all;
    }

    /// <summary>Waits until nothing due is left: there is no other sign of a letter that was rightly not sent.</summary>
    private Task SettledAsync() => Eventually.IsTrueAsync(async () =>
    {
        var now = UtcText.Of(_server.Clock.GetUtcNow());
        return (await _server.QueryAsync($"select id from letters where state = 'waiting' and due_at <= '{now}'")).Length == 0;
    });

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;
}
