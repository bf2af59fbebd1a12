namespace LeanChat.Tests;

/// <summary>What a socket may say besides messages: that somebody types, has read, is still there; and what is none of that.</summary>
public sealed class SocketActionSpecs : IAsyncLifetime
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
