using System.Text.Json.Nodes;
using LeanChat.Chats;
using LeanChat.People;
using Microsoft.AspNetCore.Routing;

namespace LeanChat.Tests;

/// <summary>What those who answer can do, and what nobody else can.</summary>
public sealed class AdminSpecs : IAsyncLifetime
{
    private const string NoSuchId = "01890000-0000-7000-8000-000000000000";

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
    public async Task No_change_is_taken_from_another_website()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");
        using var client = _server.Client();
        foreach (var (method, path) in Routes().Where(route => route.Method != "GET"))
        {
            foreach (var (origin, site) in ((string?, string?)[])[
                (Visitor.Website, "cross-site"), (Visitor.Website, null), (null, "cross-site"), (null, "same-site"), ("null", null),
                (_server.Origin, "cross-site"), (null, null)])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace(
                    "{id}",
                    path.Contains("/users/", StringComparison.Ordinal) ? visitor.UserId : visitor.ChatId,
                    StringComparison.Ordinal));
                request.Headers.Add("Cookie", mia.Cookie);
                if (origin is not null)
                    request.Headers.Add("Origin", origin);
                if (site is not null)
                    request.Headers.Add("Sec-Fetch-Site", site);
                request.Content = Wire.Body(
                    new { email = mia.Email, password = Admin.Password, content = "x", shortcut = "x", name = "x" });
                var reply = await (await client.SendAsync(request)).ReplyAsync();
                (reply.Status, reply.Error).Should().Be((403, "forbidden"), "{0} {1} comes from {2}, {3}", method, path, origin, site);
            }
        }

        (await mia.GetAsync("/me")).Status.Should().Be(200, "nothing of it happened");
        ((long)(await mia.ListAsync())[0]!["message_count"]!).Should().Be(1);
    }

    [Fact]
    public async Task Nothing_is_shown_or_done_without_a_session()
    {
        await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        foreach (var cookie in (string[])["", "leanchat_admin=wrong", "leanchat_admin=" + visitor.Token, visitor.Cookie])
        {
            var nobody = new Admin(_server, "", "") { Cookie = cookie };
            foreach (var (method, path) in Routes().Where(route => !route.Path.EndsWith("/login", StringComparison.Ordinal)
                && !route.Path.EndsWith("/setup", StringComparison.Ordinal)))
            {
                var reply = await nobody.RequestAsync(
                    new HttpMethod(method),
                    path.Replace("{id}", visitor.ChatId, StringComparison.Ordinal),
                    method == "GET" ? null : new { content = "x" });
                (reply.Status, reply.Error).Should().Be((401, "unauthorized"), "{0} {1} with the cookie {2}", method, path, cookie);
                reply.Header("Access-Control-Allow-Origin").Should().BeNull();
            }
        }
    }

    [Fact]
    public void Every_address_of_the_contract_is_there_under_both_prefixes()
    {
        string[] promised =
        [
            "POST /login", "GET /me", "POST /logout", "POST /setup", "GET /chats", "GET /chats/{id}", "POST /chats/{id}/messages",
            "POST /chats/{id}/archive", "POST /chats/{id}/unarchive",
            "DELETE /users/{id}", "GET /users/{id}/export", "PATCH /users/{id}", "POST /users/{id}/block", "POST /users/{id}/unblock",
            "GET /settings", "PATCH /settings", "POST /settings/test_mail",
            "GET /canned_replies", "POST /canned_replies", "PUT /canned_replies/{id}", "DELETE /canned_replies/{id}", "GET /admins",
            "POST /admins", "DELETE /admins/{id}", "POST /password",
        ];

        foreach (var prefix in (string[])["/admin", "/api/admin"])
            Routes().Select(route => $"{route.Method} {route.Path}")
                .Should().Contain(promised.Select(each => each.Replace(" ", " " + prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Both_prefixes_answer_alike()
    {
        var mia = await _server.AdminAsync();
        var api = new Admin(_server, mia.Email, "/api/admin") { Cookie = mia.Cookie };
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");
        (await api.ReplyAsync(visitor.ChatId, "Hi")).Status.Should().Be(201);
        await mia.OpenChatAsync(visitor.ChatId); // The first look marks it viewed, which the second would tell.
        foreach (var path in (string[])[
            "/me", "/chats", "/chats/" + visitor.ChatId, $"/users/{visitor.UserId}/export", "/canned_replies", "/admins", "/settings",
            "/chats/" + NoSuchId, "/nonsense"])
        {
            var (one, other) = (await mia.GetAsync(path), await api.GetAsync(path));
            other.Status.Should().Be(one.Status, path);
            other.Text.Should().Be(one.Text, path);
        }
    }

    [Fact]
    public async Task What_does_not_exist_and_what_is_no_id_are_answered_alike()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        string? words = null;
        foreach (var id in (string[])[
            NoSuchId, "1", "nonsense", "%27%20or%201%3D1--", "%F0%9F%91%8B", new string('x', 2000),
            visitor.ChatId.ToUpperInvariant() + "0"])
        {
            foreach (var (method, path) in Routes().Where(route => route.Path.Contains("{id}", StringComparison.Ordinal)))
            {
                var reply = await new Admin(_server, "", "") { Cookie = mia.Cookie }.RequestAsync(
                    new HttpMethod(method), path.Replace("{id}", id, StringComparison.Ordinal),
                    method == "GET" ? null : new { content = "x", shortcut = "x", name = "x" });
                (reply.Status, reply.Error).Should().Be((404, "not_found"), "{0} {1} with {2}", method, path, id);
                reply.Text.Should().Be(words ??= reply.Text);
            }
        }
    }

    [Fact]
    public async Task The_list_shows_the_newest_first_and_only_chats_in_which_something_was_said()
    {
        var mia = await _server.AdminAsync();
        await using var board = await mia.WatchAsync();
        var (first, second, third, silent) = (
            await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.VisitorAsync(), await _server.VisitorAsync());
        foreach (var visitor in (Visitor[])[first, second, third, first])
        {
            await visitor.PostAsync("Hello " + visitor.ChatId);
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await silent.IdentifyAsync(new { name = "Silent" });
        await mia.PostAsync($"/chats/{second.ChatId}/archive");

        Ids(await mia.ListAsync()).Should().Equal(first.ChatId, third.ChatId);
        Ids(await mia.ListAsync("?archived=false")).Should().Equal(first.ChatId, third.ChatId);
        Ids(await mia.ListAsync("?archived=true")).Should().Equal(second.ChatId);
        Ids(await mia.ListAsync("?limit=1")).Should().Equal(first.ChatId);
        var row = (await mia.ListAsync())[0]!;
        ((long)row["message_count"]!).Should().Be(2);
        ((long)row["unread_count"]!).Should().Be(2);
        ((bool)row["unread"]!).Should().BeTrue();
        ((string)row["last_message_sender"]!).Should().Be("user");
        ((string)row["last_message_at"]!).Should().Be("2026-11-22T09:00:03.000Z");
        row.AsObject().Select(each => each.Key).Should().Contain(
            "id", "user_id", "user_email", "user_name", "user_verified", "last_message_at", "last_message_preview", "last_message_sender",
            "last_message_name", "message_count", "unread", "unread_count", "archived", "user_online", "page_url");
        await board.SettleAsync();
        board.Of("chat_updated").Select(frame => (string)frame["chat"]!["id"]!).Should().NotContain(silent.ChatId);
        foreach (var wrong in (string[])["?limit=0", "?limit=x", "?limit=-1", "?cursor=nonsense", "?cursor=%22", "?cursor="])
            (await mia.GetAsync("/chats" + wrong)).Status.Should().Be(400, wrong);
        (await mia.GetAsync("/chats?limit=1000000")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_list_of_120_chats_is_paged_without_gap_or_repeat_while_people_write()
    {
        var mia = await _server.AdminAsync();
        var late = await _server.VisitorAsync();
        var visitors = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => _server.VisitorAsync()));
        foreach (var (visitor, each) in visitors.Select((visitor, each) => (visitor, each)))
        {
            await visitor.PostAsync("Hello");
            // Some of them within the same millisecond.
            if (each % 5 == 0)
                _server.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        var seen = new List<JsonNode>();
        for (var next = "/admin/chats?limit=25"; next is not null;)
        {
            var page = await new Admin(_server, "", "") { Cookie = mia.Cookie }.GetAsync(next);
            page.Json!.AsArray().Should().HaveCountLessOrEqualTo(25);
            seen.AddRange(page.Json.AsArray().Select(row => row!));
            next = Next(page);
            // Somebody new writes, and somebody who is on a page already.
            _server.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await late.PostAsync("Me too");
            await visitors.Single(visitor => visitor.ChatId == (string)seen[0]["id"]!).PostAsync("Still there?");
        }

        Ids(seen).Should().OnlyHaveUniqueItems().And.BeEquivalentTo(visitors.Select(visitor => visitor.ChatId));
        seen.Select(row => (string)row["last_message_at"]!).Should().BeInDescendingOrder(StringComparer.Ordinal);
        (await mia.ListAsync()).Should().HaveCount(50, "that is a page unless another is asked for");
        Next(await mia.GetAsync("/chats?limit=121")).Should().BeNull("there is no more");
    }

    [Fact]
    public async Task A_search_is_paged_too_and_keeps_its_words()
    {
        var mia = await _server.AdminAsync();
        var visitors = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _server.VisitorAsync()));
        foreach (var (visitor, each) in visitors.Select((visitor, each) => (visitor, each)))
            await visitor.PostAsync(each % 2 == 0 ? "A & B = lantern" : "Nothing");

        var seen = new List<JsonNode>();
        for (var next = "/admin/chats?limit=2&q=%26%20lantern%20A"; next is not null;)
        {
            var page = await new Admin(_server, "", "") { Cookie = mia.Cookie }.GetAsync(next);
            seen.AddRange(page.Json!.AsArray().Select(row => row!));
            next = Next(page);
        }

        Ids(seen).Should().OnlyHaveUniqueItems()
            .And.BeEquivalentTo(visitors.Where((_, each) => each % 2 == 0).Select(visitor => visitor.ChatId));
    }

    [Theory]
    [InlineData("lantern")]
    [InlineData("LANTERN")]
    [InlineData("lan")]
    [InlineData("blue lantern")]
    [InlineData("lantern blue")]
    [InlineData("  blue   lan ")]
    [InlineData("schonbrunn")]
    [InlineData("SCHÖNBRUNN")]
    [InlineData("creme")]
    [InlineData("ada@example.com")]
    [InlineData("ada@")]
    [InlineData("ADA")]
    [InlineData("Lovelace")]
    [InlineData("лампа")]
    [InlineData("20-42")]
    public async Task A_search_finds(string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "ada@example.com", name = "Ada Lovelace" });
        await visitor.PostAsync("The blue lantern of Schönbrunn, crème, лампа, order 20-42");
        await (await _server.VisitorAsync()).PostAsync("Something else");

        Ids(await mia.ListAsync("?q=" + Uri.EscapeDataString(words))).Should().Equal(visitor.ChatId);
        (await mia.ListAsync("?archived=true&q=" + Uri.EscapeDataString(words))).Should().BeEmpty();
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("\"\"\"")]
    [InlineData("lantern\"")]
    [InlineData("lantern AND missing")]
    [InlineData("NOT lantern")]
    [InlineData("a OR b")]
    [InlineData("NEAR(blue lantern, 5)")]
    [InlineData("content:blue")]
    [InlineData("{content}:blue")]
    [InlineData("^blue")]
    [InlineData("blue*")]
    [InlineData("*")]
    [InlineData("-blue")]
    [InlineData("(blue")]
    [InlineData("'; drop table users; --")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("\\")]
    [InlineData("\u0000blue")]
    [InlineData("👋")]
    public async Task No_search_does_harm(string words)
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("The blue lantern");

        var reply = await mia.GetAsync("/chats?q=" + Uri.EscapeDataString(words));

        reply.Status.Should().Be(200, reply.Text);
        reply.Json!.AsArray().Should().HaveCountLessOrEqualTo(1);
        (await mia.ListAsync("?q=lantern")).Should().ContainSingle();
    }

    [Fact]
    public async Task What_is_erased_or_renamed_is_not_found_by_its_old_words()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { name = "Ada" });
        await visitor.PostAsync("lantern");

        await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = "Grace" });
        (await mia.ListAsync("?q=ada")).Should().BeEmpty();
        (await mia.ListAsync("?q=grace")).Should().ContainSingle();
        await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId);

        (await mia.ListAsync("?q=grace")).Should().BeEmpty();
        (await mia.ListAsync("?q=lantern")).Should().BeEmpty();
    }

    [Fact]
    public async Task Opening_a_chat_marks_it_viewed_and_its_messages_read()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        for (var each = 1; each <= 60; each++)
            await visitor.PostAsync($"message {each}");

        var chat = await mia.OpenChatAsync(visitor.ChatId);

        ((bool)chat["more"]!).Should().BeTrue();
        chat["messages"]!.AsArray().Select(message => (long)message!["seq"]!)
            .Should().Equal(Enumerable.Range(11, 50).Select(seq => (long)seq));
        var row = (await mia.ListAsync())[0]!;
        ((bool)row["unread"]!, (long)row["unread_count"]!).Should().Be((false, 0));
        (await visitor.GetAsync("/messages?after=0&limit=200")).Json!.AsArray()
            .Should().OnlyContain(message => message!["read_at"] != null);
        var older = (await mia.GetAsync($"/chats/{visitor.ChatId}?before=11")).Json!;
        older["messages"]!.AsArray().Select(message => (long)message!["seq"]!)
            .Should().Equal(Enumerable.Range(1, 10).Select(seq => (long)seq));
        ((bool)older["more"]!).Should().BeFalse();

        await visitor.PostAsync("One more");
        row = (await mia.ListAsync())[0]!;
        ((bool)row["unread"]!, (long)row["unread_count"]!)
            .Should().Be((true, 1), "said after it was viewed, within the same millisecond or not");
    }

    [Fact]
    public async Task An_answer_sent_twice_under_one_client_id_is_there_once()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();

        var first = await mia.ReplyAsync(visitor.ChatId, "Hi!", "a1");
        var again = await mia.ReplyAsync(visitor.ChatId, "Hi!", "a1");
        var other = await mia.ReplyAsync(visitor.ChatId, "Ho!", "a1");

        (first.Status, again.Status, other.Status).Should().Be((201, 200, 409));
        again.Text.Should().Be(first.Text);
        other.Error.Should().Be("client_id_conflict");
        (await mia.ReplyAsync(visitor.ChatId, "  ")).Error.Should().Be("empty_content");
        (await mia.ReplyAsync(visitor.ChatId, new string('x', 5001))).Error.Should().Be("content_too_long");
        (await mia.ReplyAsync(visitor.ChatId, "x", "")).Error.Should().Be("bad_request");
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().ContainSingle();
        ((string)first.Json!["sender_name"]!).Should().Be("Mia");
    }

    [Fact]
    public async Task Archiving_twice_is_archiving_once()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Bye");
        await using var board = await mia.WatchAsync();
        foreach (var (verb, archived) in ((string, bool)[])[("archive", true), ("unarchive", false)])
        {
            var once = await mia.PostAsync($"/chats/{visitor.ChatId}/{verb}");
            var twice = await mia.PostAsync($"/chats/{visitor.ChatId}/{verb}");
            (once.Status, twice.Status).Should().Be((200, 200));
            ((bool)once.Json!["archived"]!).Should().Be(archived);
            twice.Text.Should().Be(once.Text);
        }
    }

    [Fact]
    public async Task A_person_can_be_given_a_name()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Hello");
        await using var board = await mia.WatchAsync();

        (await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = "  Ada  " })).Status.Should().Be(204);

        ((string)(await board.HearAsync("chat_updated"))["chat"]!["user_name"]!).Should().Be("Ada");
        ((string)(await mia.OpenChatAsync(visitor.ChatId))["user_name"]!).Should().Be("Ada");
        ((string)(await visitor.ChatAsync())["user"]!["name"]!).Should().Be("Ada");
        (await mia.RequestAsync(HttpMethod.Patch, "/users/" + visitor.UserId, new { name = (string?)null })).Status.Should().Be(204);
        (await mia.OpenChatAsync(visitor.ChatId))["user_name"].Should().BeNull();
    }

    [Fact]
    public async Task Who_is_blocked_is_shown_out_and_can_say_nothing_until_unblocked()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Spam");
        await using var widget = await visitor.OpenAsync();
        await using var page = await visitor.OpenOwnPageAsync();
        await using var others = await (await _server.VisitorAsync()).OpenAsync();

        (await mia.PostAsync($"/users/{visitor.UserId}/block")).Status.Should().Be(204);
        (await mia.PostAsync($"/users/{visitor.UserId}/block")).Status.Should().Be(204, "twice is once");

        (await widget.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4403);
        (await page.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4403);
        await others.SettleAsync();
        var refused = await visitor.PostAsync("More spam");
        (refused.Status, refused.Error).Should().Be((403, "forbidden"));
        (await _server.KnockAsync("/ws/chat", ("Origin", _server.Origin), ("Cookie", visitor.Cookie))).Status.Should().Be(403);
        await using var again = await visitor.ConnectAsync();
        await again.SayAsync(new { action = "auth", token = visitor.Token });
        (await again.ClosedAsync()).Should().Be(4403);
        ((long)(await mia.ListAsync())[0]!["message_count"]!).Should().Be(1);

        (await mia.PostAsync($"/users/{visitor.UserId}/unblock")).Status.Should().Be(204);
        (await mia.PostAsync($"/users/{visitor.UserId}/unblock")).Status.Should().Be(204);
        await using var back = await visitor.OpenAsync();
        await back.SendAsync("Sorry", "c1");
    }

    [Fact]
    public async Task Everything_known_about_a_person_can_be_handed_out()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.IdentifyAsync(new { email = "ada@example.com", name = "Ada" });
        await using (var widget = await visitor.OpenAsync())
        {
            await widget.SayAsync(new
            {
                action = "page",
                url = "https://shop.example/blue",
                title = "Blue",
                locale = "de-AT",
                time_zone = "Europe/Vienna",
                referrer = "https://search.example/",
            });
            await widget.SettleAsync();
        }

        await Task.WhenAll(
            Enumerable.Range(1, 300).Select(each => _server.Get<ChatCommands>().PostAsUserAsync(visitor.UserId, $"message {each}", null)));
        await mia.ReplyAsync(visitor.ChatId, "Hi!");

        var reply = await mia.GetAsync($"/users/{visitor.UserId}/export");

        reply.Status.Should().Be(200);
        reply.Json!["messages"]!.AsArray().Should().HaveCount(301);
        foreach (var known in (string[])[
            visitor.UserId, visitor.ChatId, "ada@example.com", "Ada", "https://shop.example/blue", "de-AT", "Europe/Vienna",
            "https://search.example/", "message 1", "Hi!"])
            reply.Text.Should().Contain(known);
        reply.Text.Should().NotContain(visitor.Token).And.NotContain(Sessions.Hash(visitor.Token));
        reply.Header("Cache-Control").Should().Be("no-store");
    }

    [Fact]
    public async Task A_person_who_is_erased_is_gone_everywhere()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("Forget me");
        await using var widget = await visitor.OpenAsync();
        await using var board = await mia.WatchAsync();
        await using var commands = await mia.JoinAsync(visitor.ChatId);

        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId)).Status.Should().Be(204);

        (await widget.ClosedAsync().WaitAsync(TimeSpan.FromSeconds(1))).Should().Be(4401);
        ((string)(await board.HearAsync("chat_deleted"))["chat_id"]!).Should().Be(visitor.ChatId);
        (await mia.ListAsync()).Should().BeEmpty();
        (await mia.GetAsync("/chats/" + visitor.ChatId)).Status.Should().Be(404);
        (await mia.GetAsync($"/users/{visitor.UserId}/export")).Status.Should().Be(404);
        (await mia.ReplyAsync(visitor.ChatId, "Hi")).Status.Should().Be(404);
        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId)).Status.Should().Be(404);
        (await visitor.GetAsync("")).Status.Should().Be(401);
        (await visitor.PostAsync("Still here?")).Status.Should().Be(401);
        await commands.SayAsync(new { action = "send_message", content = "Hi", client_id = "a1" });
        ((string)(await commands.HearAsync("error"))["code"]!).Should().Be("not_found");
    }

    [Fact]
    public async Task Saved_replies_are_made_changed_and_removed()
    {
        var mia = await _server.AdminAsync();
        var made = await mia.PostAsync("/canned_replies", new { shortcut = "hours", content = "We are open from 9 to 5." });
        made.Status.Should().Be(201);
        var id = (string)made.Json!["id"]!;
        await mia.PostAsync("/canned_replies", new { shortcut = "bye", content = "Bye!" });

        var taken = await mia.PostAsync("/canned_replies", new { shortcut = "hours", content = "Again" });
        (taken.Status, taken.Error).Should().Be((409, "conflict"));
        (await mia.RequestAsync(HttpMethod.Put, "/canned_replies/" + id, new { shortcut = "bye", content = "x" })).Status.Should().Be(409);
        (await mia.RequestAsync(
            HttpMethod.Put,
            "/canned_replies/" + id,
            new { shortcut = "hours", content = "We are open from 10 to 5." })).Status.Should().Be(200);
        (await mia.PostAsync("/canned_replies", new { shortcut = "", content = "x" })).Status.Should().Be(400);
        (await mia.PostAsync("/canned_replies", new { shortcut = "two words", content = "x" })).Status.Should().Be(400);
        (await mia.PostAsync("/canned_replies", new { shortcut = "empty", content = " " })).Error.Should().Be("empty_content");

        (await mia.GetAsync("/canned_replies")).Json!.AsArray().Select(each => $"{each!["shortcut"]}: {each["content"]}")
            .Should().BeEquivalentTo("hours: We are open from 10 to 5.", "bye: Bye!");
        (await mia.RequestAsync(HttpMethod.Delete, "/canned_replies/" + id)).Status.Should().Be(204);
        (await mia.RequestAsync(HttpMethod.Delete, "/canned_replies/" + id)).Status.Should().Be(404);
        (await mia.GetAsync("/canned_replies")).Json!.AsArray().Should().ContainSingle();
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

    /// <summary>Every route of the admin's side that the server has.</summary>
    private IEnumerable<(string Method, string Path)> Routes() =>
        from endpoint in _server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
        where path.StartsWith("/admin/", StringComparison.Ordinal) || path.StartsWith("/api/admin/", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
        select (method, path);

    private static string? Next(Reply page) =>
        page.Header("Link") is { } link ? System.Text.RegularExpressions.Regex.Match(link, "^<(.+)>; rel=\"next\"$").Groups[1].Value : null;

    private static IEnumerable<string> Ids(IEnumerable<JsonNode?> rows) => rows.Select(row => (string)row!["id"]!);
}
