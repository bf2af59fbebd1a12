using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LeanChat.Tests;

/// <summary>Who is there, who types, who has read.</summary>
public sealed class PresenceSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Admin _mia = null!;
    private Visitor _visitor = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync();
        _mia = await _server.AdminAsync();
        _visitor = await _server.VisitorAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Visitors_are_told_that_somebody_is_there_while_an_admin_uses_the_dashboard()
    {
        await using var widget = await _visitor.OpenAsync();
        ((bool)widget.All[0]["admin_online"]!).Should().BeTrue("signing in is use");
        await LeaveAsync(widget);

        await using var board = await _mia.WatchAsync();
        await board.SayAsync(new { action = "ping" });
        await board.SettleAsync();
        (await _mia.ListAsync()).Should().BeEmpty();
        await widget.SettleAsync();
        (await IsOnlineAsync()).Should().BeFalse("a dashboard that stands open is nobody");

        await board.SayAsync(new { action = "visible", visible = true });
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
        _server.Clock.Advance(TimeSpan.FromHours(3));
        (await IsOnlineAsync()).Should().BeTrue("it is looked at");
        await board.SayAsync(new { action = "visible", visible = false });
        await board.SettleAsync();
        _server.Clock.Advance(TimeSpan.FromMinutes(4));
        (await IsOnlineAsync()).Should().BeTrue("it was looked at just now");

        await LeaveAsync(widget);
        (await IsOnlineAsync()).Should().BeFalse();
        widget.Of("presence").Should().HaveCount(3, "only changes are told");
    }

    [Fact]
    public async Task A_dashboard_in_sight_whose_line_breaks_counts_for_five_minutes()
    {
        await using var widget = await _visitor.OpenAsync();
        await using var board = await _mia.WatchAsync();
        await board.SayAsync(new { action = "visible", visible = true });
        await board.SettleAsync();
        _server.Clock.Advance(TimeSpan.FromHours(1));

        board.Vanish();

        while (_server.Get<People.AdminActivity>().IsAnyVisible)
            await Task.Delay(10);
        (await IsOnlineAsync()).Should().BeTrue();
        await LeaveAsync(widget);
    }

    public static TheoryData<string> Uses => ["open a chat", "reply", "archive", "reply over a socket"];

    [Theory]
    [MemberData(nameof(Uses))]
    public async Task Whatever_an_admin_does_says_that_somebody_is_there(string use)
    {
        await _visitor.PostAsync("Hello");
        await using var widget = await _visitor.OpenAsync();
        await using var line = await _mia.JoinAsync(_visitor.ChatId);
        await LeaveAsync(widget);

        await (use switch
        {
            "open a chat" => _mia.OpenChatAsync(_visitor.ChatId),
            "reply" => _mia.ReplyAsync(_visitor.ChatId, "Hi"),
            "archive" => _mia.PostAsync($"/chats/{_visitor.ChatId}/archive"),
            _ => line.SayAsync(new { action = "send_message", content = "Hi" }),
        });

        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
    }

    [Fact]
    public async Task Outside_the_opening_hours_nobody_is_there_and_the_change_is_told_on_the_minute()
    {
        // It is Sunday, 9:00.
        await using var server = await LeanChatServer.StartAsync("Hours:Open=Sun 10:00-12:00");
        var mia = await server.AdminAsync();
        await using var widget = await (await server.VisitorAsync()).OpenAsync();
        await using var board = await mia.WatchAsync();
        await board.SayAsync(new { action = "visible", visible = true });
        await board.SettleAsync();
        await widget.SettleAsync();
        widget.Of("presence").Should().BeEmpty();

        server.Clock.Advance(TimeSpan.FromHours(1));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
        await AsleepAsync(server);
        server.Clock.Advance(TimeSpan.FromHours(2));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse();
    }

    [Fact]
    public async Task The_owner_can_say_away_and_here()
    {
        await using var server = await LeanChatServer.StartAsync("Hours:Open=Mon 10:00-12:00");
        var mia = await server.AdminAsync();
        await using var widget = await (await server.VisitorAsync()).OpenAsync();
        ((bool)widget.All[0]["admin_online"]!).Should().BeFalse();

        (await SetAsync(mia, "here")).Should().Be(200);
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeTrue();
        (await SetAsync(mia, "away")).Should().Be(200);
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse();
        (await SetAsync(mia, "elsewhere")).Should().Be(400);

        (await SetAsync(mia, "here")).Should().Be(200);
        await widget.HearAsync("presence");
        await AsleepAsync(server);
        server.Clock.Advance(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(1));
        await widget.SettleAsync();
        widget.Of("presence").Should().HaveCount(3);
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse("nobody has used a dashboard for twelve hours");
    }

    private async Task LeaveAsync(Conversation widget)
    {
        await AsleepAsync(_server);
        _server.Clock.Advance(TimeSpan.FromMinutes(5));
        ((bool)(await widget.HearAsync("presence"))["admin_online"]!).Should().BeFalse();
    }

    private async Task<bool> IsOnlineAsync() => (bool)(await _visitor.ChatAsync())["admin_online"]!;

    private static async Task<int> SetAsync(Admin admin, string presence) =>
        (await admin.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Presence"] = presence })).Status;

    /// <summary>Until the watch waits for the next change: it counts from the clock as it is now.</summary>
    private static async Task AsleepAsync(LeanChatServer server)
    {
        var watch = server.Services.GetServices<IHostedService>().OfType<Chats.PresenceWatch>().Single();
        for (var tries = 0; tries < 500 && !watch.Asleep; tries++)
            await Task.Delay(10);
    }

    [Fact]
    public async Task The_admins_list_says_who_of_them_is_there()
    {
        var leo = await _server.AdminAsync("leo@example.com", "Leo");
        await using var board = await leo.WatchAsync();

        var admins = (await _mia.GetAsync("/admins")).Json!.AsArray();

        admins.Single(each => (string)each!["id"]! == leo.Id)!["online"]!.GetValue<bool>().Should().BeTrue();
        admins.Single(each => (string)each!["id"]! == _mia.Id)!["online"]!.GetValue<bool>().Should().BeFalse();
    }

    [Fact]
    public async Task Dashboards_see_a_visitors_first_tab_open_and_the_last_one_close()
    {
        await _visitor.PostAsync("Hello");
        await using var board = await _mia.WatchAsync();

        await using var first = await _visitor.OpenAsync();
        var came = await board.HearAsync("presence");
        ((string)came["chat_id"]!).Should().Be(_visitor.ChatId);
        ((bool)came["user_online"]!).Should().BeTrue();
        ((bool)(await _mia.ListAsync())[0]!["user_online"]!).Should().BeTrue();
        await using var second = await _visitor.OpenOwnPageAsync();
        await first.HangUpAsync();
        await second.HangUpAsync();

        ((bool)(await board.HearAsync("presence"))["user_online"]!).Should().BeFalse();
        await board.SettleAsync();
        board.Of("presence").Should().HaveCount(2, "only the first and the last count");
        ((bool)(await _mia.ListAsync())[0]!["user_online"]!).Should().BeFalse();
    }

    [Fact]
    public async Task A_page_that_says_who_it_is_twice_does_not_flicker()
    {
        await using var board = await _mia.WatchAsync();
        await using var page = await _visitor.OpenOwnPageAsync();

        await page.SayAsync(new { action = "auth", token = _visitor.Token, after = 0 });
        await page.HearAsync("ready");
        await page.SettleAsync();
        await board.SettleAsync();

        board.Of("presence").Should().ContainSingle().Which["user_online"]!.GetValue<bool>().Should().BeTrue();
    }

    [Fact]
    public async Task A_socket_that_has_not_said_who_it_is_is_nobody()
    {
        await using var board = await _mia.WatchAsync();
        await using var silent = await _visitor.ConnectAsync();
        await silent.SettleAsync();
        await board.SettleAsync();

        board.Of("presence").Should().BeEmpty();
    }

    [Fact]
    public async Task An_admin_who_reads_along_is_not_the_visitor()
    {
        await using var board = await _mia.WatchAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);
        await board.SettleAsync();

        board.Of("presence").Should().BeEmpty();
    }

    [Fact]
    public async Task The_page_a_visitor_looks_at_is_kept_and_shown()
    {
        await using var board = await _mia.WatchAsync();
        await using var widget = await _visitor.OpenAsync();
        await widget.SendAsync("Hello", "c1");

        await widget.SayAsync(new
        {
            action = "page",
            url = "https://shop.example/blue?size=m",
            title = "The blue one",
            referrer = "https://search.example/",
            locale = "de-AT",
            time_zone = "Europe/Vienna",
        });

        var seen = await board.HearAsync("presence", frame => frame["page_url"] is not null);
        ((string)seen["chat_id"]!).Should().Be(_visitor.ChatId);
        ((bool)seen["user_online"]!).Should().BeTrue();
        ((string)seen["page_url"]!).Should().Be("https://shop.example/blue?size=m");
        var chat = await _mia.OpenChatAsync(_visitor.ChatId);
        ((string)chat["page_url"]!).Should().Be("https://shop.example/blue?size=m");
        ((string)chat["referrer"]!).Should().Be("https://search.example/");
        ((string)chat["locale"]!).Should().Be("de-AT");
        ((string)chat["time_zone"]!).Should().Be("Europe/Vienna");
        ((string)(await _mia.ListAsync())[0]!["page_url"]!).Should().Be("https://shop.example/blue?size=m");

        await widget.SayAsync(new { action = "page", url = "https://shop.example/red", title = "The red one" });
        await board.HearAsync("presence", frame => (string?)frame["page_url"] == "https://shop.example/red");
        ((string)(await _mia.OpenChatAsync(_visitor.ChatId))["locale"]!).Should().Be("de-AT", "what was not said again still holds");
    }

    [Fact]
    public async Task A_page_of_absurd_length_is_cut_and_harms_nothing()
    {
        await using var board = await _mia.WatchAsync();
        await using var widget = await _visitor.OpenAsync();

        await widget.SayAsync(
            new { action = "page", url = "https://shop.example/" + new string('x', 30_000), title = new string('t', 20_000) });

        ((string)(await board.HearAsync("presence", frame => frame["page_url"] is not null))["page_url"]!).Length.Should().BeLessThan(5000);
        await widget.SettleAsync();
        widget.Of("error").Should().BeEmpty();
    }

    [Fact]
    public async Task Typing_is_seen_on_the_other_side_and_not_by_who_types()
    {
        await using var widget = await _visitor.OpenAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);

        await widget.SayAsync(new { action = "typing" });
        ((string)(await commands.HearAsync("typing"))["by"]!).Should().Be("user");
        await commands.SayAsync(new { action = "typing" });
        var typing = await widget.HearAsync("typing");
        ((string)typing["by"]!).Should().Be("admin");
        ((string)typing["name"]!).Should().Be("Mia");

        await widget.SettleAsync();
        await commands.SettleAsync();
        widget.Of("typing").Should().ContainSingle();
        commands.Of("typing").Should().ContainSingle();
    }

    [Fact]
    public async Task Typing_is_passed_on_at_most_once_in_two_seconds()
    {
        await using var widget = await _visitor.OpenAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);
        foreach (var (typist, watcher) in ((Conversation, Conversation)[])[(widget, commands), (commands, widget)])
        {
            for (var each = 0; each < 5; each++)
                await typist.SayAsync(new { action = "typing" });
            await typist.SettleAsync();
            _server.Clock.Advance(TimeSpan.FromMilliseconds(1999));
            await typist.SayAsync(new { action = "typing" });
            await typist.SettleAsync();
            await watcher.SettleAsync();
            watcher.Of("typing").Should().ContainSingle();

            _server.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await typist.SayAsync(new { action = "typing" });
            await typist.SettleAsync();
            await watcher.SettleAsync();
            watcher.Of("typing").Should().HaveCount(2);
        }
    }

    [Fact]
    public async Task What_an_admin_opens_is_read_for_the_visitor_in_every_tab()
    {
        await _visitor.PostAsync("One");
        await _visitor.PostAsync("Two");
        await using var first = await _visitor.OpenAsync();
        await using var second = await _visitor.OpenAsync();
        await using var board = await _mia.WatchAsync();

        await _mia.OpenChatAsync(_visitor.ChatId);

        foreach (var tab in (Conversation[])[first, second])
        {
            var read = await tab.HearAsync("read");
            ((string)read["by"]!).Should().Be("admin");
            ((long)read["up_to"]!).Should().Be(2);
            ((string)read["read_at"]!).Should().Be((string)(await _visitor.GetAsync("/messages")).Json!.AsArray()[1]!["read_at"]!);
        }

        ((bool)(await board.HearAsync("chat_updated"))["chat"]!["unread"]!).Should().BeFalse();
    }

    [Fact]
    public async Task What_an_admin_marks_read_over_the_socket_counts_as_opened()
    {
        await _visitor.PostAsync("One");
        await using var widget = await _visitor.OpenAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);
        ((bool)(await _mia.ListAsync())[0]!["unread"]!).Should().BeTrue("joining is not reading");

        await commands.SayAsync(new { action = "mark_read" });

        ((string)(await widget.HearAsync("read"))["by"]!).Should().Be("admin");
        ((bool)(await _mia.ListAsync())[0]!["unread"]!).Should().BeFalse();
    }

    [Fact]
    public async Task What_the_visitor_has_seen_is_told_to_the_admin_and_to_the_other_tabs()
    {
        await _visitor.PostAsync("Hello?");
        await _mia.ReplyAsync(_visitor.ChatId, "Hi!");
        await using var reading = await _visitor.OpenAsync();
        await using var other = await _visitor.OpenAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);

        await reading.SayAsync(new { action = "mark_read" });

        foreach (var socket in (Conversation[])[other, commands])
        {
            var read = await socket.HearAsync("read");
            ((string)read["by"]!).Should().Be("user");
            ((long)read["up_to"]!).Should().Be(2);
            ((string)read["read_at"]!).Should().Be((string)(await _visitor.GetAsync("/messages")).Json!.AsArray()[1]!["read_at"]!);
        }

        await reading.SayAsync(new { action = "mark_read" });
        await reading.SettleAsync();
        await other.SettleAsync();
        other.Of("read").Should().ContainSingle("nothing new was seen");
    }

    [Fact]
    public async Task Marking_read_over_http_is_heard_on_sockets_too()
    {
        await _mia.ReplyAsync(_visitor.ChatId, "Can I help?");
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);

        var reply = await _visitor.MarkReadAsync();

        ((long)reply.Json!["up_to"]!).Should().Be(1);
        ((string)(await commands.HearAsync("read"))["read_at"]!).Should().Be((string)reply.Json["read_at"]!);
    }

    [Fact]
    public async Task A_ping_is_answered_on_every_kind_of_socket()
    {
        await using var widget = await _visitor.OpenAsync();
        await using var stranger = await _visitor.ConnectAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);
        await using var board = await _mia.WatchAsync();

        foreach (var socket in (Conversation[])[widget, stranger, commands, board])
            await socket.SettleAsync();
    }

    [Fact]
    public async Task An_action_that_nobody_knows_is_said_to_be_so_and_the_socket_stays()
    {
        await using var widget = await _visitor.OpenAsync();
        await using var commands = await _mia.JoinAsync(_visitor.ChatId);
        await using var board = await _mia.WatchAsync();

        foreach (var socket in (Conversation[])[widget, commands, board])
        {
            for (var each = 0; each < 5; each++)
            {
                await socket.SayAsync(new { action = "dance" });
                ((string)(await socket.HearAsync("error"))["code"]!).Should().Be("unknown_action");
            }

            await socket.SayAsync(new { });
            ((string)(await socket.HearAsync("error"))["code"]!).Should().Be("unknown_action");
            await socket.SettleAsync();
        }
    }

    [Fact]
    public async Task Fields_that_nobody_knows_are_passed_over()
    {
        await using var widget = await _visitor.OpenAsync();

        await widget.SayRawAsync(
            """
            {"future":{"a":[1,2,{"b":null}]},"action":"send_message","type":"x",
            "content":"Hello","client_id":"c1","seq":99,"sender_type":"admin","id":"mine"}
            """);

        var message = (await widget.HearAsync("new_message"))["message"]!;
        ((long)message["seq"]!).Should().Be(1);
        ((string)message["sender_type"]!).Should().Be("user");
        ((string)message["id"]!).Should().NotBe("mine");
    }
}
