using System.Net.WebSockets;
using LeanChat.Chats;

namespace LeanChat.Tests;

/// <summary>How many sockets there may be, how much may be said on one, and how much may wait for who reads slowly.</summary>
public sealed class SocketLimitSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task One_user_has_ten_sockets_and_a_seat_that_is_left_is_free_again()
    {
        var visitor = await _server.VisitorAsync();
        var tabs = new List<Conversation>();
        for (var each = 0; each < 10; each++)
            tabs.Add(await (each % 2 == 0 ? visitor.OpenAsync() : visitor.OpenOwnPageAsync()));

        var refused = await _server.KnockAsync("/ws/chat", ("Origin", _server.Origin), ("Cookie", visitor.Cookie));
        (refused.Status, refused.Error).Should().Be((429, "too_many_requests"));
        refused.Header("Retry-After").Should().NotBeNull();
        await using var eleventh = await visitor.ConnectAsync();
        await eleventh.SayAsync(new { action = "auth", token = visitor.Token });
        (await eleventh.ClosedAsync()).Should().Be(4409);

        await using var others = await (await _server.VisitorAsync()).OpenAsync();
        await tabs[0].HangUpAsync();
        // A seat is free again when the server has seen the end of the line, which nothing tells us.
        await using var back = await Eventually.WorksAsync<Conversation, InvalidOperationException>(() => visitor.OpenAsync());
        foreach (var tab in tabs)
            await tab.DisposeAsync();
    }

    [Fact]
    public async Task One_address_has_so_many_sockets()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:SocketsPerAddress=3");
        var visitor = await server.VisitorAsync();
        var mia = await server.AdminAsync();
        await using var one = await visitor.OpenAsync();
        await using var two = await visitor.ConnectAsync();
        await using var three = await mia.WatchAsync();

        foreach (var path in (string[])["/ws/chat", "/ws/admin", "/ws/chat?as=admin&chat_id=" + visitor.ChatId])
        {
            var refused = await server.KnockAsync(path, ("Origin", server.Origin), ("Cookie", mia.Cookie));
            (refused.Status, refused.Error).Should().Be((429, "too_many_requests"), path);
            refused.Header("Retry-After").Should().NotBeNull();
        }

        await using var elsewhere = await Conversation.OpenAsync(
            server.Socket("/ws/chat"), ("Origin", Visitor.Website), ("X-Forwarded-For", "203.0.113.7"));
        await elsewhere.SettleAsync();
    }

    [Fact]
    public async Task All_in_all_there_are_so_many_sockets()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:Sockets=2");
        var visitor = await server.VisitorAsync();
        await using var one = await visitor.OpenAsync();
        await using var two = await visitor.ConnectAsync();

        var refused = await server.KnockAsync("/ws/chat", ("Origin", Visitor.Website));
        (refused.Status, refused.Error).Should().Be((503, "overloaded"));
        refused.Header("Retry-After").Should().NotBeNull();

        await two.HangUpAsync();
        await using var back = await Eventually.WorksAsync<Conversation, InvalidOperationException>(() => visitor.OpenAsync());
    }

    [Fact]
    public async Task Many_messages_in_one_commit_do_not_fill_the_mailbox_of_who_reads()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:MailboxFrames=20");
        var visitor = await server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        await using var other = await visitor.OpenAsync();
        using var gate = new Gate(server.Database);

        for (var i = 1; i <= 60; i++)
            await widget.SayAsync(new { action = "send_message", content = $"{i}", client_id = $"c{i}" });
        await Eventually.IsTrueAsync(() => server.Database.Statistics.Waiting >= 60);
        gate.Open();

        await widget.HearSeqAsync(60);
        await other.HearSeqAsync(60);
        widget.Seqs.Should().Equal(Enumerable.Range(1, 60).Select(i => (long)i));
        other.Seqs.Should().Equal(Enumerable.Range(1, 60).Select(i => (long)i));
    }

    [Fact]
    public async Task A_reader_that_stands_still_goes_while_others_go_on_and_misses_nothing_when_it_comes_back()
    {
        await using var server = await LeanChatServer.StartAsync(
            "Limits:MessagesPerMinute=0", "Limits:MailboxFrames=50", "Limits:MailboxBytes=500000");
        var visitor = await server.VisitorAsync();
        await using var stuck = await RawSocket.OpenAsync(server, visitor);
        await using var reader = await visitor.OpenAsync();
        var commands = server.Get<ChatCommands>();
        var text = new string('x', 5000);

        // The kernel's buffers swallow the first megabytes; then the mailbox fills up.
        var seq = 0;
        while (server.Hub.Count == 2 && seq < 3000)
        {
            for (var each = 0; each < 10; each++)
                (await commands.PostAsUserAsync(visitor.UserId, text, $"c{++seq}")).Is(out _, out _).Should().BeTrue();
            await reader.HearSeqAsync(seq);
            server.Clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        server.Hub.Count.Should().Be(1, "the one that stood still has gone");
        await reader.SettleAsync();
        reader.Seqs.Should().Equal(Enumerable.Range(1, seq).Select(each => (long)each));
        var had = 0L;
        while (await stuck.ReadAsync() is var (opcode, payload))
        {
            if (opcode == RawSocket.Text && System.Text.Json.Nodes.JsonNode.Parse(payload)!["message"]?["seq"] is { } heard)
                ((long)heard).Should().Be(++had, "what arrives has no gap");
            if (opcode == RawSocket.Close)
                ((payload[0] << 8) | payload[1]).Should().Be(4410);
        }

        had.Should().BeInRange(1, seq - 1);
        await using var back = await visitor.OpenAsync(after: had);
        await back.HearSeqAsync(seq);
        back.Seqs.Should().Equal(Enumerable.Range((int)had + 1, seq - (int)had).Select(each => (long)each));
    }

    [Fact]
    public async Task Who_says_too_much_is_told_when_to_go_on()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        for (var each = 1; each <= 21; each++)
            await widget.SayAsync(new { action = "send_message", content = "spam", client_id = $"c{each}" });

        var error = await widget.HearAsync("error");
        ((string)error["code"]!).Should().Be("too_many_requests");
        ((string)error["client_id"]!).Should().Be("c21");
        var wait = (long)error["retry_after_ms"]!;
        wait.Should().BeInRange(1, 1000);
        _server.Clock.Advance(TimeSpan.FromMilliseconds(wait));
        ((long)(await widget.SendAsync("spam", "c21"))["seq"]!).Should().Be(21);
    }

    [Fact]
    public async Task A_retry_of_what_is_stored_costs_nothing()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        for (var each = 1; each <= 20; each++)
            await widget.SayAsync(new { action = "send_message", content = "hello", client_id = $"c{each}" });
        await widget.HearSeqAsync(20);

        for (var round = 0; round < 5; round++)
        {
            for (var each = 1; each <= 20; each++)
                await widget.SayAsync(new { action = "send_message", content = "hello", client_id = $"c{each}" });
        }

        await widget.SettleAsync();
        widget.Of("error").Should().BeEmpty();
        widget.Seqs.Distinct().Should().HaveCount(20);
    }

    [Fact]
    public async Task Who_keeps_on_at_three_times_the_limit_is_shown_out()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        for (var each = 1; each <= 100; each++)
            await TrySayAsync(widget, new { action = "send_message", content = "spam", client_id = $"c{each}" });

        (await widget.ClosedAsync()).Should().Be(4429);
        widget.Messages.Should().HaveCount(20);
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().HaveCount(20, "nothing beyond the limit is stored");
    }

    [Fact]
    public async Task A_line_that_breaks_leaves_nothing_behind()
    {
        var visitor = await _server.VisitorAsync();
        var mia = await _server.AdminAsync();
        await using var board = await mia.WatchAsync();
        for (var each = 0; each < 12; each++)
        {
            await using var socket = await RawSocket.OpenAsync(_server, visitor);
            socket.Vanish();
            await board.HearAsync("presence", frame => !(bool)frame["user_online"]!);
        }

        await Eventually.IsTrueAsync(() => _server.Hub.Count == 1);
        await using var widget = await visitor.OpenAsync();
    }

    private static async Task TrySayAsync(Conversation socket, object frame)
    {
        try
        {
            await socket.SayAsync(frame);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
        {
            // Shown out already: that is what the test waits for.
        }
    }
}
