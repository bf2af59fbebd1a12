using System.Text.Json.Nodes;
using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>Whatever somebody types or sets as an address is refused at the door in words, or the letter arrives. The
/// server stays, and the others get theirs.</summary>
public sealed class AddressSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private MailServer _post = null!;
    private LeanChatServer _server = null!;
    private Admin _mia = null!;

    public async Task InitializeAsync()
    {
        _post = MailServer.Start();
        _server = await LeanChatServer.StartAsync([
            .. _post.Settings.Where(each => !each.StartsWith("Mail:From", StringComparison.Ordinal)),
            "Limits:NewUsersPerHour=0",
            "Mail:MostPerHour=0"]);
        _mia = await _server.AdminAsync();
        (await SetSenderAsync("support@shop.example")).Status.Should().Be(200);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _post.DisposeAsync();
    }

    [Fact]
    public async Task A_dot_before_the_at_sign_gets_its_letter()
    {
        var kenji = await _server.VisitorAsync();
        var reply = await kenji.IdentifyAsync(new { email = " kenji.@docomo.ne.jp " });
        ((string)reply.Json!["user"]!["email"]!).Should().Be("kenji.@docomo.ne.jp", "it is kept as it was typed");
        await _mia.ReplyAsync(kenji.ChatId, "It is back in stock.");
        _server.Clock.Advance(5 * Minute);

        var letter = await _post.ReceiveAsync();

        letter.To.Should().Equal("\"kenji.\"@docomo.ne.jp");
        letter.Header("To").Should().Be("\"kenji.\"@docomo.ne.jp");
    }

    [Fact]
    public async Task Whatever_visitors_type_is_refused_or_arrives()
    {
        var expected = new List<string>();
        foreach (var typed in OddAddresses.All.Where(each => each.Trim().Length > 0))
        {
            var visitor = await _server.VisitorAsync();
            var reply = await visitor.IdentifyAsync(Json("email", typed));
            if (reply.Status == 200)
            {
                (await _mia.ReplyAsync(visitor.ChatId, typed)).Status.Should().Be(201);
                expected.Add(EmailAddress.TryParse(typed)!.Wire);
            }
            else
            {
                reply.Status.Should().Be(400, "{0}: {1}", typed, reply.Text);
                ((string)reply.Json!["message"]!).Should().NotBeEmpty();
            }
        }

        var last = await _server.VisitorAsync();
        await last.IdentifyAsync(new { email = "last@example.org" });
        _server.Clock.Advance(5 * Minute);

        await ArriveAsync(expected);
        await _mia.ReplyAsync(last.ChatId, "You, too.");
        _server.Clock.Advance(5 * Minute);
        (await _post.ReceiveAsync()).To.Should().Equal("last@example.org");
        await SettledAsync();
        (await _server.QueryAsync("select id from letters where state <> 'sent'")).Should().BeEmpty();
    }

    [Fact]
    public async Task Whoever_is_made_an_admin_is_refused_or_hears_of_visitors()
    {
        var expected = new List<string> { "mia@example.com" };
        // Hashing a password takes its time: every sixth will do, and the known ones.
        foreach (var typed in OddAddresses.All.Where((_, index) => index % 6 == 0).Concat(["kenji.@docomo.ne.jp", "Victim@x"]).Distinct())
        {
            var reply = await _mia.PostAsync("/admins", new JsonObject { ["email"] = typed, ["password"] = Admin.Password });
            reply.Status.Should().BeOneOf([201, 400, 409], "{0}: {1}", typed, reply.Text);
            if (reply.Status == 201)
                expected.Add(EmailAddress.TryParse(typed)!.Wire);
        }

        await (await _server.VisitorAsync()).PostAsync("Hello?");
        _server.Clock.Advance(Minute);

        await ArriveAsync(expected);
        (await _mia.PostAsync("/admins", new { email = " vicTIM@X", password = Admin.Password })).Status
            .Should().Be(409, "there is one already");
        (await new Admin(_server, "VICTIM@x").SignInAsync()).Email.Should().Be("VICTIM@x");
    }

    [Fact]
    public async Task Whatever_is_set_as_the_sender_is_refused_or_sends()
    {
        foreach (var typed in OddAddresses.All.Where(each => each.Trim().Length > 0))
        {
            var reply = await SetSenderAsync(typed);
            if (reply.Status == 200)
            {
                (await _mia.PostAsync("/settings/test_mail")).Status.Should().Be(204, typed);
                var letter = await _post.ReceiveAsync();
                letter.From.Should().StartWith($"MAIL FROM:<{EmailSender.TryParse(typed)!.Address.Wire}>");
            }
            else
            {
                reply.Status.Should().Be(400, "{0}: {1}", typed, reply.Text);
                if (!typed.Contains('\ud800', StringComparison.Ordinal))
                    ((string)reply.Json!["message"]!).Should().Contain("Mail:From");
            }

            var start = () => new Settings(key => key == "Mail:From" ? typed : null);
            if (reply.Status == 200)
                start.Should().NotThrow();
            else
                start.Should().Throw<SettingsException>().WithMessage("*Mail:From*");
        }
    }

    [Fact]
    public async Task A_sender_with_a_name_is_shown_by_it_and_one_without_as_the_shop()
    {
        (await SetSenderAsync("Teapots & Co <support@shop.example>")).Status.Should().Be(200);
        (await _mia.PostAsync("/settings/test_mail")).Status.Should().Be(204);
        (await _post.ReceiveAsync()).Header("From").Should().Be("Teapots & Co <support@shop.example>");

        (await SetSenderAsync("support@shop.example")).Status.Should().Be(200);
        (await _mia.PostAsync("/settings/test_mail")).Status.Should().Be(204);
        (await _post.ReceiveAsync()).Header("From").Should().Be("Shop Support <support@shop.example>");
    }

    [Fact]
    public async Task An_address_that_was_taken_before_fails_alone_and_says_why()
    {
        var (old, next) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await next.IdentifyAsync(new { email = "next@example.org" });
        await _server.Database.WriteAsync(tx => Execute(tx, $"update users set email = 'jö@[127.0.0.1]' where id = '{old.UserId}'"));
        await _mia.ReplyAsync(old.ChatId, "One.");
        await _mia.ReplyAsync(next.ChatId, "Two.");

        _server.Clock.Advance(5 * Minute);

        (await _post.ReceiveAsync()).To.Should().Equal("next@example.org");
        await SettledAsync();
        var letter = (await _mia.OpenChatAsync(old.ChatId))["letters"]![0]!;
        ((string)letter["state"]!).Should().Be("failed");
        ((string)letter["error"]!).Should().Contain("address");
        ((JsonArray)(await _mia.GetAsync("/counts")).Json!["failed_chats"]!).Select(id => (string)id!).Should().Equal(old.ChatId);
    }

    [Fact]
    public async Task A_letter_that_cannot_even_be_read_fails_alone()
    {
        var (odd, next) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await odd.IdentifyAsync(new { email = "odd@example.org" });
        await next.IdentifyAsync(new { email = "next@example.org" });
        await _mia.ReplyAsync(odd.ChatId, "One.");
        await _mia.ReplyAsync(next.ChatId, "Two.");
        // Enough was sent there for its turn to be looked up, and when that was is no time at all.
        await _server.Database.WriteAsync(tx => Execute(tx, string.Concat(Enumerable.Range(0, 10).Select(each =>
            $"""
            insert into letters (id, kind, chat_id, state, promised_at, due_at, first_seq, recipient, created_at, settled_at)
            values ('old{each}', 'reply', '{odd.ChatId}', 'sent', '', '', 1, 'odd@example.org', '', '9 o''clock');
            """))));

        _server.Clock.Advance(5 * Minute);

        (await _post.ReceiveAsync()).To.Should().Equal("next@example.org");
        await SettledAsync();
        (await _server.QueryAsync($"select state, error from letters where chat_id = '{odd.ChatId}' and state <> 'sent'"))
            .Should().ContainSingle().Which.Should().StartWith("failed|LeanChat could not");
    }

    [Fact]
    public async Task A_sender_that_was_taken_before_does_not_stop_the_start()
    {
        await _server.Database.WriteAsync(tx => Execute(tx, "update settings set value = 'jo@[127.0.0.1]' where key = 'Mail:From'"));

        await _server.RestartAsync();

        ((string)(await _mia.GetAsync("/settings")).Json!["Mail:From"]!["value"]!).Should().BeEmpty();
    }

    private async Task ArriveAsync(List<string> expected)
    {
        var arrived = new List<string>();
        for (var each = 0; each < expected.Count; each++)
            arrived.AddRange((await _post.ReceiveAsync()).To);
        arrived.Order(StringComparer.Ordinal).Should().Equal(expected.Order(StringComparer.Ordinal));
    }

    /// <summary>Waits until no letter waits: one may be told to the mail server a moment before it is told to the database.</summary>
    private Task SettledAsync() => Eventually.IsTrueAsync(async () =>
        (await _server.QueryAsync("select id from letters where state = 'waiting'")).Length == 0);

    private Task<Reply> SetSenderAsync(string sender) => _mia.RequestAsync(HttpMethod.Patch, "/settings", Json("Mail:From", sender));

    /// <summary>Also a lone half of a character, as JSON can spell it.</summary>
    private static StringContent Json(string key, string value) =>
        new(
            $"{{\"{key}\":\"{string.Concat(value.Select(c => c is '"' or '\\' || c < ' ' || c > '~' ? $"\\u{(int)c:x4}" : $"{c}"))}\"}}",
            System.Text.Encoding.UTF8,
            "application/json");

    private static bool Execute(Storage.Transaction tx, string sql)
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
        return true;
    }
}
