using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Who a user is: by a signed token, or by what was typed.</summary>
public sealed class IdentitySpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync(
        "IdentitySecret=" + Host.Secret, "Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_signed_token_alone_makes_a_session()
    {
        var ada = new Visitor(_server);

        var reply = await ada.IdentifyAsync(new { token = Token("ada", "ada@example.com", "Ada") });

        reply.Status.Should().Be(200, reply.Text);
        ((string)reply.Json!["token"]!).Should().MatchRegex("^[A-Za-z0-9_-]{43}$");
        reply.Json["user"]!.ToJsonString()
            .Should().Be($$"""{"id":"{{ada.UserId}}","email":"ada@example.com","name":"Ada","verified":true}""");
        ((string)(await ada.ChatAsync())["id"]!).Should().Be(ada.ChatId);
    }

    [Fact]
    public async Task The_same_sub_is_the_same_user_on_every_device()
    {
        var phone = new Visitor(_server);
        await phone.IdentifyAsync(new { token = Token("ada") });
        await phone.PostAsync("From the phone");
        var laptop = new Visitor(_server);
        await laptop.IdentifyAsync(new { token = Token("ada") });
        var stranger = new Visitor(_server);
        await stranger.IdentifyAsync(new { token = Token("Ada") });

        (laptop.ChatId, laptop.UserId).Should().Be((phone.ChatId, phone.UserId));
        laptop.Token.Should().NotBe(phone.Token);
        (await ContentsAsync(laptop)).Should().Equal("From the phone");
        (await phone.GetAsync("")).Status.Should().Be(200, "the other device stays signed in");
        stranger.ChatId.Should().NotBe(phone.ChatId);
    }

    [Fact]
    public async Task Identifying_again_keeps_the_session_and_brings_the_news()
    {
        var ada = new Visitor(_server);
        await ada.IdentifyAsync(new { token = Token("ada", "ada@example.com", "Ada") });
        await using var widget = await ada.OpenAsync();

        var reply = await ada.IdentifyAsync(new { token = Token("ada", "ada@new.example", "Ada L.") });

        reply.Json!.AsObject().Should().NotContainKey("token");
        ((string)reply.Json["user"]!["email"]!).Should().Be("ada@new.example");
        ((string)reply.Json["user"]!["name"]!).Should().Be("Ada L.");
        await widget.SettleAsync();
    }

    [Fact]
    public async Task An_anonymous_user_becomes_the_identified_one()
    {
        var mia = await _server.AdminAsync();
        await using var dashboard = await mia.WatchAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello!", "c1");
        var (chatId, userId, before) = (visitor.ChatId, visitor.UserId, visitor.Elsewhere());
        await using var widget = await visitor.OpenAsync();

        var reply = await visitor.IdentifyAsync(new { token = Token("ada", "ada@example.com", "Ada") });

        (visitor.ChatId, visitor.UserId).Should().Be((chatId, userId));
        visitor.Token.Should().NotBe(before.Token);
        ((string)reply.Json!["messages"]![0]!["content"]!).Should().Be("Hello!");
        // A token that means more than before is a new one; the old one is worth nothing.
        (await before.GetAsync("")).Status.Should().Be(401);
        (await widget.ClosedAsync()).Should().Be(4401);
        var row = (await dashboard.HearAsync("chat_updated", frame => frame["chat"]!["user_name"] is not null))["chat"]!;
        ((string)row["user_email"]!).Should().Be("ada@example.com");
        ((bool)row["user_verified"]!).Should().BeTrue();
        (await visitor.PostAsync("Hello!", "c1")).Status.Should().Be(200, "it is still the same sender");
    }

    [Fact]
    public async Task An_anonymous_chat_joins_the_identified_one()
    {
        var mia = await _server.AdminAsync();
        var anonymous = await _server.VisitorAsync();
        await anonymous.PostAsync("A1", "c1");
        await mia.ReplyAsync(anonymous.ChatId, "R1", "k1");
        await anonymous.PostAsync("A2", "c2");
        var moved = (await anonymous.ChatAsync())["messages"]!.AsArray();
        var (oldChat, oldUser, before) = (anonymous.ChatId, anonymous.UserId, anonymous.Elsewhere());
        _server.Clock.Advance(TimeSpan.FromMinutes(10));
        var known = new Visitor(_server);
        await known.IdentifyAsync(new { token = Token("ada") });
        await known.PostAsync("K1", "c1");
        await mia.ReplyAsync(known.ChatId, "K2", "k1");
        await mia.OpenChatAsync(known.ChatId);
        await using var live = await known.OpenAsync(after: 2);
        await using var old = await anonymous.OpenAsync();
        await using var dashboard = await mia.WatchAsync();

        var reply = await anonymous.IdentifyAsync(new { token = Token("ada") });

        reply.Status.Should().Be(200, reply.Text);
        (anonymous.ChatId, anonymous.UserId).Should().Be((known.ChatId, known.UserId));
        anonymous.Token.Should().NotBe(before.Token).And.NotBe(known.Token);
        var all = reply.Json!["messages"]!.AsArray();
        All(all, "content").Should().Equal("K1", "K2", "A1", "R1", "A2");
        All(all, "seq").Should().Equal("1", "2", "3", "4", "5");
        All(all, "client_id").Should().Equal("c1", "k1", null, null, "c2");
        All(all, "sender_type").Should().Equal("user", "admin", "user", "admin", "user");
        All(all, "sender_name").Should().Equal(null, "Mia", null, "Mia", null);
        All(all, "id").Skip(2).Should().Equal(All(moved, "id"), "a message keeps its id");
        All(all, "created_at").Should().Equal(
            "2026-11-22T09:10:00.000Z", "2026-11-22T09:10:00.001Z", "2026-11-22T09:10:00.002Z", "2026-11-22T09:10:00.003Z",
            "2026-11-22T09:10:00.004Z");
        (await ContentsAsync(known)).Should().Equal("K1", "K2", "A1", "R1", "A2");

        foreach (var seq in (long[])[3, 4, 5])
            ((long)(await live.HearAsync("new_message"))["message"]!["seq"]!).Should().Be(seq);
        (await old.ClosedAsync()).Should().Be(4401);
        (await before.GetAsync("")).Status.Should().Be(401);
        ((string)(await dashboard.HearAsync("chat_deleted"))["chat_id"]!).Should().Be(oldChat);
        (await mia.GetAsync("/chats/" + oldChat)).Status.Should().Be(404);
        (await _server.QueryAsync($"select count(*) from users where id = '{oldUser}'")).Should().Equal("0");
        ((string)(await mia.ListAsync()).Single()!["id"]!).Should().Be(known.ChatId);
        await _server.AuditAsync(mia);

        // A retry that was under way finds what it had sent, and the next message goes on from there.
        (await anonymous.PostAsync("A2", "c2")).Status.Should().Be(200);
        ((long)(await anonymous.PostAsync("A3", "c3")).Json!["seq"]!).Should().Be(6);
    }

    [Fact]
    public async Task What_was_read_before_the_chats_joined_stays_read_and_what_was_not_does_not()
    {
        var mia = await _server.AdminAsync();
        var known = new Visitor(_server);
        await known.IdentifyAsync(new { token = Token("ada") });
        await known.PostAsync("K1");
        await mia.OpenChatAsync(known.ChatId);
        var anonymous = await _server.VisitorAsync();
        await anonymous.PostAsync("A1");
        await mia.OpenChatAsync(anonymous.ChatId);
        await mia.ReplyAsync(anonymous.ChatId, "R1");
        await anonymous.MarkReadAsync();
        await anonymous.PostAsync("A2");

        await anonymous.IdentifyAsync(new { token = Token("ada") });

        var all = (await anonymous.ChatAsync())["messages"]!.AsArray();
        all.Select(message => message!["read_at"] is not null).Should().Equal(true, true, true, false);
        ((long)(await mia.ListAsync()).Single()!["unread_count"]!).Should().Be(1);
        await _server.AuditAsync(mia);
    }

    [Fact]
    public async Task How_far_the_user_has_read_is_told_in_the_joined_chats_numbers()
    {
        var mia = await _server.AdminAsync();
        var known = new Visitor(_server);
        await known.IdentifyAsync(new { token = Token("ada") });
        await known.PostAsync("K1");
        var anonymous = await _server.VisitorAsync();
        await anonymous.PostAsync("A1");
        await mia.ReplyAsync(anonymous.ChatId, "R1");
        await anonymous.MarkReadAsync();

        await anonymous.IdentifyAsync(new { token = Token("ada") });

        ((long)(await anonymous.MarkReadAsync()).Json!["up_to"]!).Should().Be(3, "the admin's message is the third now, and it was read");
    }

    [Fact]
    public async Task Five_devices_that_identify_at_once_are_one_chat()
    {
        var mia = await _server.AdminAsync();
        var devices = await Task.WhenAll(Enumerable.Range(0, 5).Select(async number =>
        {
            var device = await _server.VisitorAsync();
            await device.PostAsync($"From {number}", "c1");
            return device;
        }));

        await Task.WhenAll(devices.Select(device => device.IdentifyAsync(new { token = Token("ada") })));

        devices.Select(device => device.ChatId).Distinct().Should().HaveCount(1);
        foreach (var device in devices)
            (await ContentsAsync(device)).Should().BeEquivalentTo("From 0", "From 1", "From 2", "From 3", "From 4");
        (await _server.QueryAsync("select count(*) from users")).Should().Equal("1");
        await _server.AuditAsync(mia);
    }

    [Fact]
    public async Task Somebody_identified_who_identifies_as_somebody_else_takes_nothing_along()
    {
        var ada = new Visitor(_server);
        await ada.IdentifyAsync(new { token = Token("ada") });
        await ada.PostAsync("Ada's secret");
        var (first, chatId) = (ada.Elsewhere(), ada.ChatId);
        await using var widget = await ada.OpenAsync();

        await ada.IdentifyAsync(new { token = Token("bob") });

        ada.ChatId.Should().NotBe(chatId);
        (await ContentsAsync(ada)).Should().BeEmpty();
        (await first.GetAsync("")).Status.Should().Be(401, "on this device Ada has signed out");
        (await widget.ClosedAsync()).Should().Be(4401);
        await first.IdentifyAsync(new { token = Token("ada") });
    }

    [Fact]
    public async Task An_address_that_was_typed_is_kept_and_not_believed()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello!");

        var reply = await visitor.IdentifyAsync(new { email = " ada@example.com ", name = " Ada\u0007 " });

        reply.Json!.AsObject().Should().NotContainKey("token");
        reply.Json["user"]!.ToJsonString()
            .Should().Be($$"""{"id":"{{visitor.UserId}}","email":"ada@example.com","name":"Ada","verified":false}""");
        var row = (await mia.ListAsync()).Single()!;
        ((string)row["user_email"]!).Should().Be("ada@example.com");
        ((bool)row["user_verified"]!).Should().BeFalse();

        // What is left out stays as it was.
        await visitor.IdentifyAsync(new { name = "Ada L." });
        await visitor.IdentifyAsync(new { });
        (await visitor.ChatAsync())["user"]!.ToJsonString().Should().Contain("\"email\":\"ada@example.com\",\"name\":\"Ada L.\"");
    }

    [Fact]
    public async Task An_address_that_was_typed_never_replaces_a_verified_one()
    {
        var ada = new Visitor(_server);
        await ada.IdentifyAsync(new { token = Token("ada", "ada@example.com", "Ada") });

        var reply = await ada.IdentifyAsync(new { email = "mallory@example.com", name = "Ada L." });

        reply.Json!["user"]!.ToJsonString().Should().Contain("\"email\":\"ada@example.com\",\"name\":\"Ada\",\"verified\":true");
    }

    [Fact]
    public async Task A_signed_address_replaces_one_that_was_typed()
    {
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "typo@example.com" });

        (await visitor.IdentifyAsync(new { token = Token("ada") })).Json!["user"]!.ToJsonString()
            .Should().Contain("\"email\":\"typo@example.com\"").And.Contain("\"verified\":false");
        (await visitor.IdentifyAsync(new { token = Token("ada", "ada@example.com") })).Json!["user"]!.ToJsonString()
            .Should().Contain("\"email\":\"ada@example.com\"").And.Contain("\"verified\":true");
    }

    [Fact]
    public async Task The_same_address_joins_nothing_and_opens_nothing()
    {
        var mia = await _server.AdminAsync();
        var ada = new Visitor(_server);
        await ada.IdentifyAsync(new { token = Token("ada", "ada@example.com") });
        await ada.PostAsync("Ada's secret");
        var mallory = await _server.VisitorAsync();
        await mallory.PostAsync("Hello!");

        var typed = await mallory.IdentifyAsync(new { email = "ada@example.com" });
        var signed = new Visitor(_server);
        var other = await signed.IdentifyAsync(new { token = Token("mallory", "ada@example.com") });

        typed.Text.Should().NotContain("secret");
        other.Text.Should().NotContain("secret");
        new[] { ada.ChatId, mallory.ChatId, signed.ChatId }.Should().OnlyHaveUniqueItems();
        (await mia.ListAsync()).Select(row => $"{row!["user_email"]} {row["user_verified"]}")
            .Should().BeEquivalentTo("ada@example.com true", "ada@example.com false");
    }

    [Theory]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("@example.com")]
    [InlineData("ada example.com")]
    [InlineData("ada@example.com, bob@example.com")]
    [InlineData("ada@example.com\r\nBcc: bob@example.com")]
    [InlineData("ada@exam\nple.com")]
    [InlineData("Ada <ada@example.com>")]
    [InlineData("<ada@example.com>")]
    [InlineData("ada@@example.com")]
    [InlineData("ada@example.com\u0000")]
    public async Task What_is_no_address_is_refused(string email)
    {
        var visitor = await _server.VisitorAsync();

        var reply = await visitor.IdentifyAsync(new { email });

        reply.Status.Should().Be(400, reply.Text);
        reply.Error.Should().Be("bad_request");
        (await visitor.ChatAsync())["user"]!["email"].Should().BeNull();
    }

    [Fact]
    public async Task Without_a_session_there_is_nobody_to_describe()
    {
        (await new Visitor(_server).IdentifyAsync(new { email = "ada@example.com" })).Status.Should().Be(401);
        (await _server.QueryAsync("select count(*) from users")).Should().Equal("0");
    }

    [Fact]
    public async Task Without_a_secret_signed_identity_is_off()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();

        var reply = await visitor.IdentifyAsync(new { token = Host.Sign(Host.Claims(server.Clock, "ada")) });

        reply.Status.Should().Be(403);
        reply.Error.Should().Be("forbidden");
        (await new Visitor(server).IdentifyAsync(new { token = Host.Sign(Host.Claims(server.Clock, "ada"), secret: "") })).Status
            .Should().Be(403);
    }

    [Fact]
    public async Task A_token_is_good_until_it_expires_and_no_longer()
    {
        var claims = Host.Claims(_server.Clock, "ada");
        claims["exp"] = Host.Seconds(_server.Clock, TimeSpan.FromHours(24));
        var token = Host.Sign(claims);

        (await new Visitor(_server).IdentifyAsync(new { token })).Status.Should().Be(200, "a day ahead is allowed");
        _server.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        (await new Visitor(_server).IdentifyAsync(new { token })).Status.Should().Be(200);
        _server.Clock.Advance(TimeSpan.FromSeconds(1));
        (await new Visitor(_server).IdentifyAsync(new { token })).Status.Should().Be(401);
    }

    [Fact]
    public async Task An_identity_outlives_a_restart()
    {
        var ada = new Visitor(_server);
        await ada.IdentifyAsync(new { token = Token("ada") });
        await _server.RestartAsync();
        var again = new Visitor(_server);

        await again.IdentifyAsync(new { token = Token("ada") });

        again.ChatId.Should().Be(ada.ChatId);
    }

    private string Token(string subject, string? email = null, string? name = null) =>
        Host.Sign(Host.Claims(_server.Clock, subject, email, name));

    private static string?[] All(JsonArray messages, string field) => [.. messages.Select(message => message![field]?.ToString())];

    private static async Task<string?[]> ContentsAsync(Visitor visitor) =>
        All((await visitor.GetAsync("/messages?after=0")).Json!.AsArray(), "content");
}
