using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>API tokens: a program answers under its own name, and is nobody who looks.</summary>
public sealed class ApiTokenSpecs : DeskStories
{
    private Task<Bot> RoboAsync(string? expiresAt = null) => Bot.MakeAsync(Server, Mia, "Robo", expiresAt);

    // Made, listed, ended.

    [Fact]
    public async Task A_token_is_told_once_and_kept_as_its_hash()
    {
        var made = await Mia.PostAsync("/tokens", new { name = " Robo ", expires_at = "2027-01-01T00:00:00Z" });

        made.Status.Should().Be(201);
        made.Json!.AsObject().Select(each => each.Key).Should().BeEquivalentTo("id", "name", "token", "created_at", "expires_at");
        var token = (string)made.Json["token"]!;
        Regex.IsMatch(token, "^lct_[A-Za-z0-9_-]{43}$").Should().BeTrue(token);
        ((string)made.Json["name"]!).Should().Be("Robo");
        ((string)made.Json["expires_at"]!).Should().Be("2027-01-01T00:00:00.000Z");
        Server.OnDisk().Should().NotContain(token).And.NotContain(token[4..]);

        var listed = (await Mia.GetAsync("/tokens")).Json!.AsArray().Single()!.AsObject();
        listed.Select(each => each.Key).Should().BeEquivalentTo("id", "name", "created_at", "expires_at", "last_used_at");
        listed["last_used_at"].Should().BeNull();
        (await new Bot(Server, token).GetAsync("/me")).Status.Should().Be(200);
        (await LastUsedAsync()).Should().Be("2026-11-22T09:00:00.010Z");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(" ", null)]
    [InlineData("x", "tomorrow")]
    [InlineData("x", "2026-11-22T08:00:00Z")]
    public async Task What_is_no_name_or_no_later_time_makes_no_token(string? name, string? expiresAt)
    {
        (await Mia.PostAsync("/tokens", new { name, expires_at = expiresAt })).ShouldBeRefused(400, "bad_request");
        (await Mia.PostAsync("/tokens", new { name = new string('x', 101) })).ShouldBeRefused(400, "bad_request");
        (await Mia.GetAsync("/tokens")).Json!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task When_it_was_last_used_is_known_at_once_and_after_a_restart()
    {
        var bot = await RoboAsync();
        Server.Clock.Advance(Hour);
        await bot.GetAsync("/tags");
        (await LastUsedAsync()).Should().Be("2026-11-22T10:00:00.010Z");
        await Eventually.IsTrueAsync(async () => (await StoredUseAsync()) == "2026-11-22T10:00:00.010Z");

        Server.Clock.Advance(Second);
        await bot.GetAsync("/tags");
        // Time enough to write it, if it were written.
        await Task.Delay(300);
        (await StoredUseAsync()).Should().Be("2026-11-22T10:00:00.010Z", "it is written at most once a minute");
        (await LastUsedAsync()).Should().Be("2026-11-22T10:00:01.010Z");
        await Server.RestartAsync();
        (await LastUsedAsync()).Should().Be("2026-11-22T10:00:01.010Z");
    }

    [Fact]
    public async Task What_it_says_on_a_socket_is_use_too()
    {
        var bot = await RoboAsync();
        await using var socket = await bot.JoinAsync(Jo.ChatId);
        Server.Clock.Advance(Hour);

        await socket.SendAsync("Hello", "one");

        (await LastUsedAsync()).Should().Be("2026-11-22T10:00:00.010Z");
    }

    [Fact]
    public async Task Ending_a_token_ends_its_sockets_within_a_second()
    {
        var (bot, other) = (await RoboAsync(), await RoboAsync());
        await using var watching = await bot.WatchAsync();
        await using var joined = await bot.JoinAsync(Jo.ChatId);
        await using var others = await other.WatchAsync();

        (await Mia.RequestAsync(HttpMethod.Delete, "/tokens/" + bot.Id)).Status.Should().Be(204);

        (await watching.ClosedAsync().WaitAsync(Second)).Should().Be(4401);
        (await joined.ClosedAsync().WaitAsync(Second)).Should().Be(4401);
        (await bot.GetAsync("/me")).ShouldBeRefused(401, "unauthorized");
        await others.SettleAsync();
        (await Mia.RequestAsync(HttpMethod.Delete, "/tokens/" + bot.Id)).ShouldBeRefused(404, "not_found");
    }

    [Fact]
    public async Task A_token_with_an_end_date_ends_then_and_its_sockets_with_it()
    {
        var (forEver, bot) = (await RoboAsync(), await RoboAsync("2026-11-23T09:00:00Z"));
        await using var stays = await forEver.WatchAsync();
        await using var socket = await bot.WatchAsync();
        // Time for the look at sessions that end beside the server: it closes no socket of a token that merely expires.
        Server.Clock.Advance(Second);
        await Task.Delay(500);
        Server.Clock.Advance(Day - 2 * Second);
        (await bot.GetAsync("/me")).Status.Should().Be(200);

        Server.Clock.Advance(Second);

        (await socket.ClosedAsync()).Should().Be(4401);
        (await bot.GetAsync("/me")).ShouldBeRefused(401, "unauthorized");
        (await forEver.GetAsync("/me")).Status.Should().Be(200);
        await stays.SettleAsync();
        (await Mia.GetAsync("/tokens")).Json!.AsArray().Should().HaveCount(2, "the owner sees what has ended");
    }

    // What it may do.

    [Fact]
    public async Task It_knows_who_it_is()
    {
        var me = (await (await RoboAsync()).GetAsync("/me")).Json!;

        ((string)me["name"]!).Should().Be("Robo");
        me["email"].Should().BeNull();
    }

    [Fact]
    public async Task Everything_that_is_not_its_own_is_forbidden()
    {
        var bot = await RoboAsync();
        foreach (var (method, path) in ((HttpMethod, string)[])[
            (HttpMethod.Get, "/tokens"), (HttpMethod.Post, "/tokens"), (HttpMethod.Delete, "/tokens/" + bot.Id),
            (HttpMethod.Get, "/settings"), (HttpMethod.Patch, "/settings"), (HttpMethod.Get, "/admins"), (HttpMethod.Post, "/password"),
            (HttpMethod.Post, "/logout"), (HttpMethod.Patch, "/me"), (HttpMethod.Get, "/counts"), (HttpMethod.Get, "/presence"),
            (HttpMethod.Get, "/numbers"), (HttpMethod.Get, "/mail"), (HttpMethod.Get, "/push"), (HttpMethod.Post, "/login"),
            (HttpMethod.Delete, "/users/" + Jo.UserId), (HttpMethod.Get, $"/users/{Jo.UserId}/export")])
            (await bot.RequestAsync(method, path, method == HttpMethod.Get ? null : new { name = "x" })).ShouldBeRefused(403, "forbidden");

        foreach (var path in (string[])["/support_chat", "/support_chat/messages"])
            (await new Bot(Server, bot.Token, "", "").GetAsync(path)).ShouldBeRefused(403, "forbidden");
        (await Server.KnockAsync("/ws/chat?chat_id=" + Jo.ChatId, ("Authorization", "Bearer " + bot.Token))).Status.Should().Be(403);
        await using var visitor = await Conversation.OpenAsync(Server.Socket("/ws/chat"), Visitor.Website);
        await visitor.SayAsync(new { action = "auth", token = bot.Token });
        (await visitor.ClosedAsync()).Should().Be(4401);
    }

    [Theory]
    [InlineData("lct_unknown")]
    [InlineData("lct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("something")]
    [InlineData("")]
    public async Task An_unknown_token_is_nobody_also_beside_an_admins_cookie(string token)
    {
        foreach (var path in (string[])["/me", "/chats", "/settings", "/tokens"])
            (await new Bot(Server, token).RequestAsync(HttpMethod.Get, path, cookie: Mia.Cookie)).ShouldBeRefused(401, "unauthorized");
        (await Server.KnockAsync(
            "/ws/admin", ("Authorization", "Bearer " + token), ("Cookie", Mia.Cookie), ("Origin", Server.Origin))).Status.Should().Be(401);
    }

    [Fact]
    public async Task A_cookie_beside_it_counts_for_nothing()
    {
        var bot = await RoboAsync();

        (await bot.RequestAsync(HttpMethod.Get, "/settings", cookie: Mia.Cookie)).ShouldBeRefused(403, "forbidden");
        var said = await bot.RequestAsync(HttpMethod.Post, $"/chats/{Jo.ChatId}/messages", new { content = "Hi" }, Mia.Cookie);

        ((string)said.Json!["sender_name"]!).Should().Be("Robo");
        ((string)said.Json["via"]!).Should().Be("api");
    }

    [Fact]
    public async Task Another_scheme_of_authorization_is_none_of_ours()
    {
        // A proxy may ask for a password of its own, whose header comes along.
        var asked = await Server.AskAsync(
            HttpMethod.Get, "/admin/me", null, ("Cookie", Mia.Cookie), ("Authorization", "Basic bWlhOnNlY3JldA=="));
        asked.Status.Should().Be(200);
    }

    // What it says.

    [Fact]
    public async Task It_answers_under_its_own_name_over_HTTP_and_on_a_socket()
    {
        var bot = await RoboAsync();
        await using var widget = await Jo.OpenAsync();
        var over = await bot.SayAsync(Jo.ChatId, "Hello", "one");
        over.Status.Should().Be(201);
        (await bot.SayAsync(Jo.ChatId, "Hello", "one")).Status.Should().Be(200);
        await using (var socket = await bot.JoinAsync(Jo.ChatId))
            await socket.SendAsync("How can we help?", "two");

        foreach (var seq in (long[])[2, 3])
        {
            var heard = await widget.HearSeqAsync(seq);
            ((string)heard["sender_type"]!).Should().Be("admin");
            ((string)heard["sender_name"]!).Should().Be("Robo");
            ((string)heard["via"]!).Should().Be("api");
        }

        ((string)(await RowAsync(Jo))!["last_message_name"]!).Should().Be("Robo");
    }

    [Fact]
    public async Task It_sends_files()
    {
        var bot = await RoboAsync();
        var file = await bot.PostAsync($"/chats/{Jo.ChatId}/attachments?name=a.png", new ByteArrayContent(Proof.FileSamples.Png()));
        file.Status.Should().Be(201, file.Text);
        var sent = await bot.PostAsync(
            $"/chats/{Jo.ChatId}/messages", new { content = "", attachment_ids = new[] { (string)file.Json!["id"]! } });

        sent.Status.Should().Be(201, sent.Text);
        sent.Json!["attachments"]!.AsArray().Should().HaveCount(1);
    }

    [Fact]
    public async Task It_mends_and_deletes_what_it_said_itself_and_nothing_else()
    {
        var (bot, other) = (await RoboAsync(), await RoboAsync());
        var own = (string)(await bot.SayAsync(Jo.ChatId, "Helo")).Json!["id"]!;
        var mias = (string)(await Mia.ReplyAsync(Jo.ChatId, "Hi")).Json!["id"]!;
        string Path(string id) => $"/chats/{Jo.ChatId}/messages/{id}";

        (await bot.RequestAsync(HttpMethod.Patch, Path(own), new { content = "Hello" })).Status.Should().Be(200);
        (await bot.RequestAsync(HttpMethod.Patch, Path(mias), new { content = "x" })).ShouldBeRefused(403, "forbidden");
        (await other.RequestAsync(HttpMethod.Delete, Path(own))).ShouldBeRefused(403, "forbidden");
        (await Mia.RequestAsync(HttpMethod.Delete, Path(own))).ShouldBeRefused(403, "forbidden");
        (await bot.RequestAsync(HttpMethod.Delete, Path(own))).Status.Should().Be(200);
    }

    [Fact]
    public async Task It_sorts_the_work()
    {
        var bot = await RoboAsync();
        var chat = "/chats/" + Jo.ChatId;
        foreach (var (method, path, body) in ((HttpMethod, string, object?)[])[
            (HttpMethod.Put, chat + "/tags", (string[])["parcel"]), (HttpMethod.Put, chat + "/assignee", new { admin_id = Mia.Id }),
            (HttpMethod.Post, chat + "/snooze", new { until = "2026-12-01T00:00:00Z" }), (HttpMethod.Post, chat + "/unsnooze", null),
            (HttpMethod.Post, chat + "/unread", null), (HttpMethod.Post, chat + "/archive", null),
            (HttpMethod.Post, chat + "/unarchive", null), (HttpMethod.Get, chat + "/transcript", null), (HttpMethod.Get, "/tags", null),
            (HttpMethod.Get, "/chats?q=hello", null), (HttpMethod.Get, "/canned_replies", null)])
            (await bot.RequestAsync(method, path, body)).Status.Should().Be(200, path);

        (await bot.PostAsync("/canned_replies", new { shortcut = "hi", content = "Hi" })).Status.Should().Be(201);
        var row = await RowAsync(Jo);
        row!["tags"]!.AsArray().Select(tag => (string)tag!).Should().Equal("parcel");
        ((string)row["assignee"]!["id"]!).Should().Be(Mia.Id);
    }

    [Fact]
    public async Task It_is_no_assignee()
    {
        var bot = await RoboAsync();

        (await bot.RequestAsync(HttpMethod.Put, $"/chats/{Jo.ChatId}/assignee", new { admin_id = bot.Id }))
            .ShouldBeRefused(404, "not_found");
        (await bot.GetAsync("/chats?assignee=me")).Json!.AsArray().Should().BeEmpty();
        (await bot.GetAsync("/chats?assignee=none")).Json!.AsArray().Should().HaveCount(1);
    }

    [Fact]
    public async Task It_writes_notes_under_its_name_and_deletes_only_its_own()
    {
        var bot = await RoboAsync();
        var own = await bot.PostAsync($"/chats/{Jo.ChatId}/notes", new { content = "Order 7" });
        own.Status.Should().Be(201);
        ((string)own.Json!["admin_name"]!).Should().Be("Robo");
        var mias = await Mia.PostAsync($"/chats/{Jo.ChatId}/notes", new { content = "Call" });

        (await bot.RequestAsync(HttpMethod.Delete, "/notes/" + mias.Json!["id"])).ShouldBeRefused(403, "forbidden");
        (await bot.RequestAsync(HttpMethod.Delete, "/notes/" + own.Json["id"])).Status.Should().Be(204);
        (await bot.RequestAsync(HttpMethod.Delete, "/notes/" + own.Json["id"])).ShouldBeRefused(404, "not_found");
        var again = await bot.PostAsync($"/chats/{Jo.ChatId}/notes", new { content = "Order 7" });
        (await Mia.RequestAsync(HttpMethod.Delete, "/notes/" + again.Json!["id"])).Status.Should().Be(204);
    }

    // What it does not see, and where it is not.

    [Fact]
    public async Task It_reads_without_having_seen()
    {
        var bot = await RoboAsync();
        var chat = (await bot.GetAsync("/chats/" + Jo.ChatId)).Json!;
        await using var socket = await bot.JoinAsync(Jo.ChatId);
        await bot.SayAsync(Jo.ChatId, "One moment");

        chat["messages"]!.AsArray().Should().HaveCount(1);
        ((bool)(await RowAsync(Jo))!["unread"]!).Should().BeTrue();
        (await Jo.MessagesAsync())[0]!["read_at"].Should().BeNull();
        await socket.SayAsync(new { action = "mark_read" });
        await socket.HearAsync("read");
        ((bool)(await RowAsync(Jo))!["unread"]!).Should().BeFalse();
    }

    [Fact]
    public async Task It_views_no_chat_for_the_others()
    {
        var bot = await RoboAsync();
        await using var socket = await bot.JoinAsync(Jo.ChatId);

        (await Mia.OpenChatAsync(Jo.ChatId))["viewers"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task It_is_there_only_while_it_says_so()
    {
        await Mia.PostAsync("/logout");
        await Ben.PostAsync("/logout");
        await using var widget = await Jo.OpenAsync();
        var bot = new Bot(Server, await TokenAsync());
        await Server.Get<Admins.AdminSignIn>().ResetAsync("mia@example.com", "another password");
        Server.Clock.Advance(TimeSpan.FromMinutes(10));
        await widget.SettleAsync();
        await bot.SayAsync(Jo.ChatId, "One moment");
        await bot.PostAsync($"/chats/{Jo.ChatId}/archive");
        await using (var socket = await bot.WatchAsync())
        {
            (await OnlineAsync()).Should().BeFalse();
            await socket.SayAsync(new { action = "visible", visible = true });
            await socket.SettleAsync();
            (await OnlineAsync()).Should().BeTrue();
            await socket.SayAsync(new { action = "visible", visible = false });
            await socket.SettleAsync();
            (await OnlineAsync()).Should().BeFalse();
            await socket.SayAsync(new { action = "visible", visible = true });
            await socket.SettleAsync();
            (await OnlineAsync()).Should().BeTrue();
        }

        await Eventually.IsTrueAsync(async () => !await OnlineAsync());

        async Task<bool> OnlineAsync() => (bool)(await Jo.ChatAsync())["admin_online"]!;

        // Made in words of the database, because whoever makes one in the dashboard is there for a while.
        Task<string> TokenAsync() => Server.Database.WriteAsync(tx => Server.Get<People.Sessions>().AddToken(tx, "Robo", null).Token);
    }

    [Fact]
    public async Task Its_sockets_need_no_origin()
    {
        var bot = await RoboAsync();
        foreach (var path in (string[])["/ws/admin", "/ws/chat?as=admin&chat_id=" + Jo.ChatId])
        {
            (await Server.KnockAsync(path, ("Authorization", "Bearer " + bot.Token))).Status.Should().Be(101);
            (await Server.KnockAsync(path, ("Authorization", "Bearer " + bot.Token), ("Origin", Visitor.Website))).Status.Should().Be(101);
            (await Server.KnockAsync(path, ("Cookie", Mia.Cookie))).Status.Should().Be(403);
        }

        (await Server.KnockAsync("/ws/chat?as=admin&chat_id=" + Absent, ("Authorization", "Bearer " + bot.Token))).Status.Should().Be(404);
        (await Server.KnockAsync("/ws/chat?as=admin", ("Authorization", "Bearer " + bot.Token))).Status.Should().Be(400);
    }

    [Fact]
    public async Task Its_answer_is_no_first_reply()
    {
        var bot = await RoboAsync();
        Server.Clock.Advance(Minute);
        await bot.SayAsync(Jo.ChatId, "One moment");
        (await Server.QueryAsync("select reply_seq from conversations")).Should().Equal("");

        await Mia.ReplyAsync(Jo.ChatId, "Here I am");
        (await Server.QueryAsync("select reply_seq from conversations")).Should().Equal("3");
    }

    [Fact]
    public async Task Its_sockets_hear_what_a_dashboard_hears()
    {
        await using var socket = await (await RoboAsync()).WatchAsync();

        await Jo.PostAsync("And another thing");

        ((string)(await socket.HearAsync("new_user_message"))["message"]!["content"]!).Should().Be("And another thing");
        await socket.HearAsync("chat_updated");
    }

    private async Task<string?> LastUsedAsync() => (string?)(await Mia.GetAsync("/tokens")).Json!.AsArray().Single()!["last_used_at"];

    private async Task<string> StoredUseAsync() => (await Server.QueryAsync("select last_used_at from api_tokens")).Single();
}
