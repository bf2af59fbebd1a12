namespace LeanChat.Tests;

/// <summary>Who those who answer are: set-up, signing in, passwords, sessions, colleagues.</summary>
public sealed class AdminSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await LeanChatServer.StartAsync("Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_set_up_link_makes_the_first_admin_once()
    {
        var nobody = new Admin(_server, "mia@example.com");
        var token = _server.SetupToken!;

        (await SetUpAsync("wrong")).Status.Should().Be(403);
        (await SetUpAsync(null)).Status.Should().Be(403);
        (await SetUpAsync(token, password: "short")).Status.Should().Be(400);
        (await SetUpAsync(token, email: "no address")).Status.Should().Be(400);
        var first = await SetUpAsync(token);
        first.Status.Should().Be(201);
        ((string)first.Json!["email"]!).Should().Be("mia@example.com");
        ((string)first.Json["name"]!).Should().Be("Mia");
        first.Cookie("leanchat_admin").Should().NotBeNullOrEmpty("the first admin is signed in");

        foreach (var again in (string?[])[token, "wrong", "", null])
        {
            var refused = await SetUpAsync(again, email: "eve@example.com");
            (refused.Status, refused.Error).Should().Be((403, "forbidden"));
            refused.Cookie("leanchat_admin").Should().BeNull();
        }

        await _server.RestartAsync();
        _server.SetupToken.Should().BeNull("there is an admin");
        (await SetUpAsync(token)).Status.Should().Be(403);

        Task<Reply> SetUpAsync(string? token, string email = "mia@example.com", string password = Admin.Password) =>
            nobody.PostAsync("/setup", new { token, email, password, name = "Mia" });
    }

    [Fact]
    public async Task Of_two_who_use_the_set_up_link_at_once_one_gets_in()
    {
        var token = _server.SetupToken;

        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(each =>
            new Admin(_server, "").PostAsync("/setup", new { token, email = $"mia{each}@example.com", password = Admin.Password })));

        replies.Count(reply => reply.Status == 201).Should().Be(1);
        replies.Count(reply => reply.Status == 403).Should().Be(5);
    }

    [Fact]
    public async Task The_cookie_is_for_this_page_alone()
    {
        var mia = await _server.AdminAsync();
        using var client = _server.Client();
        foreach (var https in (bool[])[false, true])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/login")
            {
                Content = Wire.Body(new { email = mia.Email, password = Admin.Password }),
            };
            request.Headers.Add("Origin", https ? _server.Origin.Replace("http:", "https:", StringComparison.Ordinal) : _server.Origin);
            if (https)
                request.Headers.Add("X-Forwarded-Proto", "https");
            var cookie = (await (await client.SendAsync(request)).ReplyAsync()).Header("Set-Cookie")!.ToLowerInvariant();

            cookie.Should().Contain("httponly").And.Contain("samesite=strict").And.Contain("path=/").And.NotContain("domain");
            if (https)
                cookie.Should().StartWith("__host-leanchat_admin=").And.Contain("secure");
            else
                cookie.Should().StartWith("leanchat_admin=").And.NotContain("secure");
        }
    }

    [Fact]
    public async Task The_right_password_signs_in_whatever_the_case_and_spaces_of_the_address()
    {
        await _server.AdminAsync();
        foreach (var email in (string[])["mia@example.com", "MIA@Example.com", "  mia@example.com ", "\tMia@EXAMPLE.COM\n"])
        {
            var reply = await LoginAsync(email, Admin.Password);
            reply.Status.Should().Be(200, email);
            ((string)reply.Json!["email"]!).Should().Be("mia@example.com");
            reply.Json.AsObject().Select(each => each.Key).Should().Contain("id", "email", "name");
        }
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_are_refused_alike()
    {
        await _server.AdminAsync();

        var wrong = await LoginAsync("mia@example.com", "wrong password");
        var unknown = await LoginAsync("eve@example.com", "wrong password");

        (wrong.Status, wrong.Error).Should().Be((401, "unauthorized"));
        unknown.Status.Should().Be(401);
        unknown.Text.Should().Be(wrong.Text);
        (await LoginAsync("mia@example.com", null)).Status.Should().Be(401);
        (await LoginAsync(null, null)).Status.Should().Be(401);
        (await LoginAsync("mia@example.com", Admin.Password + " ")).Status.Should().Be(401);
    }

    [Fact]
    public async Task Five_wrong_passwords_close_an_account_for_a_quarter_of_an_hour()
    {
        await _server.AdminAsync();
        for (var each = 0; each < 5; each++)
            (await LoginAsync(each % 2 == 0 ? "mia@example.com" : " MIA@example.com", "wrong password", $"203.0.113.{each}")).Status
                .Should().Be(401);

        var refused = await LoginAsync("mia@example.com", Admin.Password, "203.0.113.99");
        (refused.Status, refused.Error).Should().Be((429, "too_many_requests"));
        int.Parse(refused.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture).Should().BeInRange(1, 900);

        _server.Clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(1));
        (await LoginAsync("mia@example.com", Admin.Password, "203.0.113.99")).Status.Should().Be(429);
        _server.Clock.Advance(TimeSpan.FromSeconds(1));
        (await LoginAsync("mia@example.com", Admin.Password, "203.0.113.99")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Five_wrong_passwords_close_an_address_whatever_the_accounts()
    {
        await _server.AdminAsync();
        for (var each = 0; each < 5; each++)
            (await LoginAsync($"somebody{each}@example.com", "wrong password", "203.0.113.7")).Status.Should().Be(401);

        (await LoginAsync("mia@example.com", Admin.Password, "203.0.113.7")).Status.Should().Be(429);
        (await LoginAsync("mia@example.com", Admin.Password, "203.0.113.8")).Status.Should().Be(200, "others are not meant");
        _server.Clock.Advance(TimeSpan.FromMinutes(15));
        (await LoginAsync("mia@example.com", Admin.Password, "203.0.113.7")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Thirty_attempts_at_once_get_no_further_than_five()
    {
        await _server.AdminAsync();

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(each => LoginAsync("mia@example.com", "wrong password", $"203.0.113.{each}")));

        replies.Count(reply => reply.Status == 401).Should().Be(5);
        replies.Where(reply => reply.Status != 401).Should().AllSatisfy(reply =>
        {
            reply.Status.Should().Be(429);
            reply.Header("Retry-After").Should().NotBeNull();
        });
    }

    [Fact]
    public async Task Signing_in_rightly_is_never_counted()
    {
        await _server.AdminAsync();
        for (var each = 0; each < 12; each++)
            (await LoginAsync("mia@example.com", Admin.Password)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Admins_are_added_listed_and_removed_with_their_sessions_and_sockets()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        var added = await mia.PostAsync("/admins", new { email = " Leo@Example.com ", password = Admin.Password, name = "Leo" });
        added.Status.Should().Be(201);
        added.Text.Should().NotContain("password");
        (await mia.PostAsync("/admins", new { email = "LEO@example.com", password = Admin.Password })).Error.Should().Be("conflict");
        (await mia.PostAsync("/admins", new { email = "zoe", password = Admin.Password })).Status.Should().Be(400);
        (await mia.PostAsync("/admins", new { email = "zoe@example.com", password = "short" })).Status.Should().Be(400);
        var leo = await new Admin(_server, "leo@example.com").SignInAsync();
        await leo.ReplyAsync(visitor.ChatId, "Hi!");
        await using var board = await leo.WatchAsync();
        await using var commands = await leo.JoinAsync(visitor.ChatId);
        await using var miasBoard = await mia.WatchAsync();
        var all = (await mia.GetAsync("/admins")).Json!.AsArray();
        all.Select(each => (string)each!["email"]!).Should().BeEquivalentTo("mia@example.com", "Leo@Example.com");
        all[0]!.AsObject().Select(each => each.Key).Should().Contain("id", "email", "name", "online", "created_at");

        (await mia.RequestAsync(HttpMethod.Delete, "/admins/" + leo.Id)).Status.Should().Be(204);

        (await board.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        (await commands.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        await miasBoard.SettleAsync();
        (await leo.GetAsync("/me")).Status.Should().Be(401);
        (await LoginAsync("leo@example.com", Admin.Password)).Status.Should().Be(401);
        ((string)(await visitor.GetAsync("/messages")).Json![0]!["sender_name"]!).Should().Be("Leo", "what was said stays said");
    }

    [Fact]
    public async Task The_last_admin_stays()
    {
        var mia = await _server.AdminAsync();
        var alone = await mia.RequestAsync(HttpMethod.Delete, "/admins/" + mia.Id);
        (alone.Status, alone.Error).Should().Be((409, "conflict"));

        var leo = await _server.AdminAsync("leo@example.com", "Leo");
        await Task.WhenAll(
            mia.RequestAsync(HttpMethod.Delete, "/admins/" + leo.Id), leo.RequestAsync(HttpMethod.Delete, "/admins/" + mia.Id));

        var left = (await mia.GetAsync("/me")).Status == 200 ? mia : leo;
        (await left.GetAsync("/admins")).Json!.AsArray().Should().ContainSingle("two who remove each other leave one");
    }

    [Fact]
    public async Task A_new_password_keeps_this_session_and_ends_the_others()
    {
        var mia = await _server.AdminAsync();
        var elsewhere = await new Admin(_server, mia.Email).SignInAsync();
        var leo = await _server.AdminAsync("leo@example.com", "Leo");
        await using var here = await mia.WatchAsync();
        await using var there = await elsewhere.WatchAsync();
        await using var leos = await leo.WatchAsync();

        (await mia.PostAsync("/password", new { current_password = "wrong password", password = "a new long password" })).Status
            .Should().Be(403);
        (await mia.PostAsync("/password", new { current_password = Admin.Password, password = "short" })).Status.Should().Be(400);
        (await mia.PostAsync("/password", new { current_password = Admin.Password, password = "a new long password" })).Status
            .Should().Be(204);

        (await there.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        (await elsewhere.GetAsync("/me")).Status.Should().Be(401);
        await here.SettleAsync();
        await leos.SettleAsync();
        (await mia.GetAsync("/me")).Status.Should().Be(200);
        (await LoginAsync(mia.Email, Admin.Password)).Status.Should().Be(401);
        (await LoginAsync(mia.Email, "a new long password")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Signing_out_ends_this_session_and_its_sockets_alone()
    {
        var mia = await _server.AdminAsync();
        var elsewhere = await new Admin(_server, mia.Email).SignInAsync();
        await using var here = await mia.WatchAsync();
        await using var there = await elsewhere.WatchAsync();

        var reply = await mia.PostAsync("/logout");

        reply.Status.Should().Be(204);
        reply.Header("Set-Cookie").Should().StartWith("leanchat_admin=;");
        (await here.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        (await mia.GetAsync("/me")).Status.Should().Be(401);
        await there.SettleAsync();
        (await elsewhere.GetAsync("/me")).Status.Should().Be(200);
    }

    [Fact]
    public async Task An_admins_session_is_of_no_use_on_the_visitors_side()
    {
        var mia = await _server.AdminAsync();
        var token = mia.Cookie.Split('=')[1];
        var posing = (await _server.VisitorAsync()).Elsewhere(token);

        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Get, ""), (HttpMethod.Get, "/messages"), (HttpMethod.Post, "/messages"), (HttpMethod.Patch, "/mark_read"),
            (HttpMethod.Delete, "/session")])
            (await posing.RequestAsync(method, path, method == HttpMethod.Post ? new { content = "x" } : null)).Status
                .Should().Be(401, path);
        var byCookie = new Admin(_server, "", "/support_chat") { Cookie = "leanchat_session=" + token };
        (await byCookie.PostAsync("/messages", new { content = "x" })).Status.Should().Be(401);
        var asAdmin = new Admin(_server, "", "/support_chat") { Cookie = mia.Cookie };
        (await asAdmin.PostAsync("/messages", new { content = "x" })).Status.Should().Be(401);
        (await mia.GetAsync("/me")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_session_that_nobody_uses_for_thirty_days_ends()
    {
        var mia = await _server.AdminAsync();
        _server.Clock.Advance(TimeSpan.FromDays(29));
        (await mia.GetAsync("/me")).Status.Should().Be(200, "and has its full life again");
        _server.Clock.Advance(TimeSpan.FromDays(29));
        (await mia.GetAsync("/me")).Status.Should().Be(200);

        _server.Clock.Advance(TimeSpan.FromDays(30));
        (await mia.GetAsync("/me")).Status.Should().Be(401);
    }

    private async Task<Reply> LoginAsync(string? email, string? password, string address = "203.0.113.200")
    {
        using var client = _server.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/login") { Content = Wire.Body(new { email, password }) };
        request.Headers.Add("Origin", _server.Origin);
        request.Headers.Add("X-Forwarded-For", address);
        return await (await client.SendAsync(request)).ReplyAsync();
    }
}
