namespace LeanChat.Tests;

/// <summary>A colleague is invited by a link, and an admin changes who they are.</summary>
public sealed class InviteSpecs : MailStories
{
    [Fact]
    public async Task A_colleague_makes_an_account_by_the_link_once()
    {
        var invited = await Mia.PostAsync("/admins/invite", new { email = " Leo@example.com" });
        invited.Status.Should().Be(200, invited.Text);
        var url = (string)invited.Json!["url"]!;
        url.Should().StartWith(Server.Origin + "/admin#invite=");
        var token = url.Split("#invite=")[1];
        Server.OnDisk().Should().NotContain(token, "only hashes are stored");

        (await AcceptAsync(token, "short")).Error.Should().Be("bad_request");
        var reply = await AcceptAsync(token, Admin.Password, "Leo");

        reply.Status.Should().Be(201, reply.Text);
        ((string)reply.Json!["email"]!, (string)reply.Json["name"]!).Should().Be(("Leo@example.com", "Leo"));
        reply.Cookie("leanchat_admin").Should().NotBeNull();
        (await new Admin(Server, "leo@example.com").SignInAsync()).Id.Should().Be((string)reply.Json["id"]!);
        (await AcceptAsync(token, Admin.Password)).ShouldBeRefused(403, "forbidden");
        (await AcceptAsync("made up", Admin.Password)).ShouldBeRefused(403, "forbidden");
        (await AcceptAsync(null, Admin.Password)).ShouldBeRefused(403, "forbidden");
    }

    [Fact]
    public async Task The_link_is_also_sent_and_all_links_of_an_address_end_with_the_first_that_is_used()
    {
        var token = await InviteAsync("leo@example.com");

        var letter = await Post.ReceiveAsync();

        letter.To.Should().Equal("leo@example.com");
        letter.Subject.Should().Be("Answer the chats of Shop");
        letter.Text.Should().Contain("Mia invites you").And.Contain("three days").And.NotContain("mia@example.com");
        var sent = letter.Link.Fragment["#invite=".Length..];
        sent.Should().NotBe(token);
        (await AcceptAsync(sent, Admin.Password, "Leo")).Status.Should().Be(201);
        (await AcceptAsync(token, Admin.Password)).ShouldBeRefused(403, "forbidden");
        (await Server.QueryAsync("select email from admin_invites union all select email from admin_letters where kind = 'invite'"))
            .Should().BeEmpty();
    }

    [Fact]
    public async Task A_link_is_good_for_three_days_and_of_two_who_use_one_at_once_one_gets_in()
    {
        var old = await InviteAsync("old@example.com");
        Server.Clock.Advance(TimeSpan.FromDays(3));
        (await AcceptAsync(old, Admin.Password)).ShouldBeRefused(403, "forbidden");
        await Mia.SignInAsync();

        var token = await InviteAsync("leo@example.com");
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AcceptAsync(token, Admin.Password)));

        replies.Select(reply => reply.Status).Order().Should().Equal(201, 403, 403, 403);
    }

    [Fact]
    public async Task Nobody_is_invited_who_is_there_or_has_no_address()
    {
        (await Mia.PostAsync("/admins/invite", new { email = "MIA@example.com" })).ShouldBeRefused(409, "conflict");
        (await Mia.PostAsync("/admins/invite", new { email = "nobody" })).ShouldBeRefused(400, "bad_request");
        (await Mia.PostAsync("/admins/invite", new { })).ShouldBeRefused(400, "bad_request");
        var token = await InviteAsync("leo@example.com");
        await Mia.PostAsync("/admins", new { email = "leo@example.com", password = Admin.Password });
        (await AcceptAsync(token, "another password")).ShouldBeRefused(409, "conflict");
    }

    [Fact]
    public async Task An_admin_changes_their_name_at_once_everywhere()
    {
        await Jo.PostAsync("Hello?");
        await using var socket = await Mia.JoinAsync(Jo.ChatId);
        await Mia.RequestAsync(HttpMethod.Put, $"/chats/{Jo.ChatId}/assignee", new { admin_id = Mia.Id });
        await using var board = await Mia.WatchAsync();

        var reply = await Mia.RequestAsync(HttpMethod.Patch, "/me", new { name = "  Mia M. " });

        (reply.Status, (string)reply.Json!["name"]!, (string)reply.Json["email"]!).Should().Be((200, "Mia M.", "mia@example.com"));
        ((string)(await board.HearAsync("chat_updated"))["chat"]!["assignee"]!["name"]!).Should().Be("Mia M.");
        ((string)(await socket.SendAsync("Hi", "a1"))["sender_name"]!).Should().Be("Mia M.", "also on a socket that was open");
        ((string)(await Mia.ReplyAsync(Jo.ChatId, "Hi")).Json!["sender_name"]!).Should().Be("Mia M.");
        (await Mia.RequestAsync(HttpMethod.Patch, "/me", new { name = (string?)null })).Json!["name"].Should().BeNull();
        ((string)(await Mia.GetAsync("/me")).Json!["email"]!).Should().Be("mia@example.com");
    }

    [Fact]
    public async Task An_address_needs_the_password_and_ends_the_links_to_the_old_one()
    {
        await Server.AdminAsync("ben@example.com", "Ben");
        await Mia.PostAsync("/password/forgot", new { email = Mia.Email });
        var reset = (await Post.ReceiveAsync()).Link.Fragment["#reset=".Length..];
        (await MeAsync(new { email = "new@example.com" })).ShouldBeRefused(403, "forbidden");
        (await MeAsync(new { email = "new@example.com", current_password = "wrong password" })).ShouldBeRefused(403, "forbidden");
        (await MeAsync(new { email = "nobody", current_password = Admin.Password })).ShouldBeRefused(400, "bad_request");
        (await MeAsync(new { email = "BEN@example.com", current_password = Admin.Password })).ShouldBeRefused(409, "conflict");

        var reply = await MeAsync(new { email = "new@example.com", current_password = Admin.Password });

        (reply.Status, (string)reply.Json!["email"]!, (string)reply.Json["name"]!).Should().Be((200, "new@example.com", "Mia"));
        (await Mia.PostAsync("/login", new { email = Mia.Email, password = Admin.Password })).Status.Should().Be(401);
        (await new Admin(Server, "new@example.com").SignInAsync()).Id.Should().Be(Mia.Id);
        (await Mia.PostAsync("/password/reset", new { token = reset, password = "a new long password" })).ShouldBeRefused(403, "forbidden");
        for (var each = 0; each < 5; each++)
            (await MeAsync(new { email = "x@example.com", current_password = "wrong password" })).Status.Should().BeOneOf(403, 429);
        (await MeAsync(new { email = "x@example.com", current_password = Admin.Password })).ShouldBeRefused(429, "too_many_requests");
        (await MeAsync(new { name = "Still Mia" })).Status.Should().Be(200, "the name needs no password");
    }

    private Task<Reply> MeAsync(object body) => Mia.RequestAsync(HttpMethod.Patch, "/me", body);

    private async Task<string> InviteAsync(string email) =>
        ((string)(await Mia.PostAsync("/admins/invite", new { email })).Json!["url"]!).Split("#invite=")[1];

    private Task<Reply> AcceptAsync(string? token, string password, string? name = null) =>
        new Admin(Server, "").PostAsync("/admins/accept", new { token, password, name });
}
