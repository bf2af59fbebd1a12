using System.Net.WebSockets;
using System.Text;
using LeanChat.Chats;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>Every way in which a socket ends, and what the client is told by it.</summary>
public sealed class CloseSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Binary_data_is_answered_with_1003(int length)
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        await widget.SayBytesAsync(new byte[length], WebSocketMessageType.Binary);

        (await widget.ClosedAsync()).Should().Be(1003);
    }

    [Theory]
    [InlineData("C328")]
    [InlineData("FF")]
    [InlineData("EDA080")]
    [InlineData("F4908080")]
    [InlineData("C080")]
    [InlineData("E28282FC")]
    public async Task Text_that_is_not_utf8_is_answered_with_1007(string hex)
    {
        await using var socket = await OpenAsync();

        await socket.SendAsync(RawSocket.Frame(RawSocket.Text, Convert.FromHexString(hex)));

        (await socket.ClosedAsync()).Should().Be(1007);
    }

    [Fact]
    public async Task Text_that_ends_inside_a_character_is_answered_with_1007()
    {
        await using var socket = await OpenAsync();

        await socket.SendAsync(RawSocket.Frame(RawSocket.Text, [0xE2, 0x82], final: false));
        await socket.SendAsync(RawSocket.Frame(RawSocket.Continuation, "x"u8));

        (await socket.ClosedAsync()).Should().Be(1007);
    }

    public static TheoryData<string, byte[]> Breaches => new()
    {
        { "unmasked", RawSocket.Frame(RawSocket.Text, "{\"action\":\"ping\"}"u8, masked: false) },
        { "unmasked ping", RawSocket.Frame(RawSocket.Ping, "hello"u8, masked: false) },
        { "reserved bit 1", RawSocket.Frame(RawSocket.Text, "{}"u8, reserved: 4) },
        { "reserved bit 2", RawSocket.Frame(RawSocket.Text, "{}"u8, reserved: 2) },
        { "reserved bit 3", RawSocket.Frame(RawSocket.Text, "{}"u8, reserved: 1) },
        { "opcode 3", RawSocket.Frame(3, "{}"u8) },
        { "opcode 7", RawSocket.Frame(7, "{}"u8) },
        { "opcode 11", RawSocket.Frame(11, "{}"u8) },
        { "opcode 15", RawSocket.Frame(15, []) },
        { "a continuation of nothing", RawSocket.Frame(RawSocket.Continuation, "{}"u8) },
        { "a continuation of nothing that goes on", RawSocket.Frame(RawSocket.Continuation, "{}"u8, final: false) },
        {
            "a new text inside a text",
            [.. RawSocket.Frame(RawSocket.Text, "{"u8, final: false), .. RawSocket.Frame(RawSocket.Text, "}"u8)]
        },
        { "binary inside a text", [.. RawSocket.Frame(RawSocket.Text, "{"u8, final: false), .. RawSocket.Frame(RawSocket.Binary, "}"u8)] },
        { "a ping in pieces", RawSocket.Frame(RawSocket.Ping, [], final: false) },
        { "a ping of 126 bytes", RawSocket.Frame(RawSocket.Ping, new byte[126]) },
        { "a pong in pieces", RawSocket.Frame(RawSocket.Pong, [1], final: false) },
        { "a close of 126 bytes", RawSocket.Frame(RawSocket.Close, new byte[126]) },
        { "a close of one byte", RawSocket.Frame(RawSocket.Close, [3]) },
        { "a close with 999", RawSocket.Frame(RawSocket.Close, [0x03, 0xE7]) },
        { "a close with 1005", RawSocket.Frame(RawSocket.Close, [0x03, 0xED]) },
        { "a close with 1006", RawSocket.Frame(RawSocket.Close, [0x03, 0xEE]) },
        { "a negative length", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4] },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task A_breach_of_the_protocol_is_answered_with_1002(string what, byte[] frames)
    {
        await using var socket = await OpenAsync();

        await socket.SendAsync(frames);

        (await socket.ClosedAsync()).Should().Be(1002, what);
    }

    public static TheoryData<int, byte[]> Offences => new()
    {
        { 1002, RawSocket.Frame(15, []) },
        { 1003, RawSocket.Frame(RawSocket.Binary, []) },
        { 1008, [.. RawSocket.TextFrame("x"), .. RawSocket.TextFrame("x"), .. RawSocket.TextFrame("x")] },
        { 1009, RawSocket.Frame(RawSocket.Text, new byte[70_000]) },
    };

    [Theory]
    [MemberData(nameof(Offences))]
    public async Task Who_is_shown_out_and_does_not_hang_up_is_hung_up_on(int code, byte[] offence)
    {
        await using var socket = await OpenAsync();

        await socket.SendAsync(offence);

        (await socket.ClosedAsync()).Should().Be(code);
        await socket.EndedAsync();
        await UntilAsync(() => Task.FromResult(_server.Hub.Count == 0 ? true : throw new InvalidOperationException("It still counts.")));
    }

    public static TheoryData<string> Malformed =>
    [
        "", " ", "x", "{", "}", "[]", "null", "true", "1", "\"ping\"", "[{\"action\":\"ping\"}]", "{\"action\":\"ping\"}{}",
        "{\"action\":\"ping\"},", "{'action':'ping'}", "{action:1}", "{\"action\":\"ping\",}",
        "/**/{\"action\":\"ping\"}", "\uFEFF{\"action\":\"ping\"}", "{\"action\":1}", "{\"action\":[]}",
        "{\"action\":\"send_message\",\"content\":{}}", "{\"action\":\"send_message\",\"content\":\"\\ud800\"}",
        "{\"action\":\"auth\",\"after\":\"1\"}", "{\"action\":\"auth\",\"after\":1.5}",
        "{\"action\":\"ping\",\"action\":\"ping\"}", "{\"action\":\"ping\",\"x\":1,\"x\":1}",
        "{\"action\":\"ping\",\"x\":{\"y\":1,\"y\":2}}", "{\"action\":\"ping\",\"x\":[{\"y\":1,\"y\":2}]}",
        "{\"action\":\"ping\",\"\\u0061ction\":\"ping\"}",
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task What_is_no_json_object_or_has_a_key_twice_is_refused_and_the_third_ends_it(string frame)
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        for (var each = 0; each < 3; each++)
            await widget.SayRawAsync(frame);

        (await widget.ClosedAsync()).Should().Be(1008);
        widget.Of("error").Select(error => (string)error["code"]!).Should().Equal("bad_request", "bad_request", "bad_request");
    }

    [Fact]
    public async Task Nesting_without_end_is_refused()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        await widget.SayRawAsync("{\"action\":\"ping\",\"x\":" + new string('[', 30_000) + new string(']', 30_000) + "}");

        ((string)(await widget.HearAsync("error"))["code"]!).Should().Be("bad_request");
    }

    [Fact]
    public async Task Two_malformed_frames_are_forgiven()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        await using var board = await mia.WatchAsync();
        foreach (var socket in (Conversation[])[widget, board])
        {
            await socket.SayRawAsync("nonsense");
            await socket.SettleAsync();
            await socket.SayRawAsync("nonsense");
            await socket.SettleAsync();
            socket.Of("error").Should().HaveCount(2);
            await socket.SayRawAsync("nonsense");
            (await socket.ClosedAsync()).Should().Be(1008);
        }
    }

    [Fact]
    public async Task A_frame_of_exactly_the_limit_passes_and_one_byte_more_is_too_large()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        await using var board = await mia.WatchAsync();
        foreach (var socket in (Conversation[])[widget, board])
        {
            await socket.SayRawAsync(Padded(65_536));
            await socket.HearAsync("pong");

            await socket.SayRawAsync(Padded(65_537));

            ((string)(await socket.HearAsync("error"))["code"]!).Should().Be("too_large");
            (await socket.ClosedAsync()).Should().Be(1009);
        }

        static string Padded(int length) => "{\"action\":\"ping\",\"x\":\"" + new string('x', length - 24) + "\"}";
    }

    [Fact]
    public async Task A_message_in_many_pieces_counts_as_one()
    {
        await using var socket = await OpenAsync();
        await socket.SendAsync(RawSocket.Frame(RawSocket.Text, "{\"x\":\""u8, final: false));
        for (var each = 0; each < 66; each++)
            await socket.TrySendAsync(
                RawSocket.Frame(RawSocket.Continuation, Encoding.ASCII.GetBytes(new string('x', 1000)), final: false));

        ((string)(await socket.HearAsync("error"))["code"]!).Should().Be("too_large");
        (await socket.ClosedAsync()).Should().Be(1009);
    }

    [Fact]
    public async Task A_frame_that_claims_a_tebibyte_costs_no_more_than_the_limit()
    {
        await using var socket = await OpenAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await socket.TrySendAsync(RawSocket.Frame(RawSocket.Text, new byte[70_000], claimed: 1UL << 40));

        (await socket.ClosedAsync()).Should().BeOneOf(1009, 1002);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(8 << 20);
    }

    public static TheoryData<string, byte[]> Unfinished => new()
    {
        { "half a header", [0x81] },
        { "a header without its mask", [0x81, 0x90] },
        { "a header alone", RawSocket.Frame(RawSocket.Text, [], claimed: 1000) },
        { "a header that claims a tebibyte", RawSocket.Frame(RawSocket.Text, [], claimed: 1UL << 40) },
        { "an unmasked frame of nothing", RawSocket.Frame(RawSocket.Ping, [], masked: false) },
        { "half a payload", RawSocket.Frame(RawSocket.Text, "{\"action\":"u8, claimed: 1000) },
        { "a long half of a payload", RawSocket.Frame(RawSocket.Text, new byte[20_000], claimed: 40_000) },
        { "a first piece", RawSocket.TextFrame("{\"action\":", final: false) },
        { "an empty first piece", RawSocket.TextFrame("", final: false) },
        {
            "two pieces",
            [.. RawSocket.TextFrame("{\"action\":", final: false), .. RawSocket.Frame(RawSocket.Continuation, "\"ping\""u8, final: false)]
        },
        { "half a ping", [0x89, 0x85, 1, 2, 3, 4, 5] },
        { "a message with half a ping inside", [.. RawSocket.TextFrame("{\"action\":", final: false), 0x89, 0x85, 1, 2, 3, 4, 5] },
    };

    [Theory]
    [MemberData(nameof(Unfinished))]
    public async Task A_frame_that_is_not_complete_in_ten_seconds_is_answered_with_1008(string what, byte[] part)
    {
        await using var socket = await OpenAsync();
        await socket.SendAsync(part);
        var ended = socket.ClosedAsync();

        await TurnUntilAsync(ended, TimeSpan.FromSeconds(10));

        (await ended).Should().Be(1008, what);
    }

    [Fact]
    public async Task A_frame_that_is_dribbled_has_no_more_time_than_one_that_stands_still()
    {
        await using var socket = await OpenAsync();
        var frame = RawSocket.TextFrame("{\"action\":\"ping\",\"x\":\"" + new string('x', 40) + "\"}");
        var ended = socket.ClosedAsync();
        foreach (var part in frame.Chunk(2).SkipLast(1))
        {
            await socket.TrySendAsync(part);
            // Each part has its own moment of real time to arrive in; the server measures by our clock.
            await Task.WhenAny(ended, Task.Delay(10));
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await ended).Should().Be(1008);
    }

    [Fact]
    public async Task Each_message_has_its_own_ten_seconds()
    {
        await using var socket = await OpenAsync();
        var frame = RawSocket.TextFrame("{\"action\":\"ping\"}");
        await socket.SendAsync(frame[..3]);
        for (var each = 0; each < 4; each++)
        {
            // The ping inside tells when the server has read the part before it; a control frame is no part of the message.
            await socket.SendAsync([.. frame[3..], .. RawSocket.Frame(RawSocket.Ping, "seen"u8), .. frame[..3]]);
            (await socket.HearAsync("pong")).Should().NotBeNull();
            (await socket.ReadAsync())!.Value.Opcode.Should().Be(RawSocket.Pong);
            _server.Clock.Advance(TimeSpan.FromSeconds(6));
        }

        await socket.SendAsync(frame[3..]);
        await socket.HearAsync("pong");
    }

    public static TheoryData<string, byte[]> Finished => new()
    {
        { "a small one", RawSocket.TextFrame("{\"action\":\"x\"}") },
        { "an empty one", RawSocket.TextFrame("") },
        { "one of 126 bytes", RawSocket.TextFrame("{\"action\":\"x\"}".PadRight(126)) },
        { "one of 65,536 bytes", RawSocket.TextFrame("{\"action\":\"x\"}".PadRight(65_536)) },
        { "two at once", [.. RawSocket.TextFrame("{\"action\":\"x\"}"), .. RawSocket.TextFrame("{\"action\":\"x\"}".PadRight(200))] },
        { "a ping and a pong", [.. RawSocket.Frame(RawSocket.Ping, new byte[125]), .. RawSocket.Frame(RawSocket.Pong, [])] },
        { "one in pieces with a ping between", [
            .. RawSocket.TextFrame("{\"action\":", final: false), .. RawSocket.Frame(RawSocket.Ping, []),
            .. RawSocket.Frame(RawSocket.Continuation, "\"x\""u8, final: false), .. RawSocket.Frame(RawSocket.Continuation, "}"u8)] },
    };

    [Theory]
    [MemberData(nameof(Finished))]
    public async Task After_what_is_complete_a_socket_may_be_silent_for_hours(string what, byte[] frames)
    {
        foreach (var length in (int[])[1 << 20, 7, 1])
        {
            if (frames.Length / length > 5000)
                continue;
            await using var socket = await OpenAsync();
            foreach (var part in frames.Chunk(length))
                await socket.SendAsync(part);
            await socket.SettleAsync();

            _server.Clock.Advance(TimeSpan.FromHours(3));

            await socket.SettleAsync();
            what.Should().NotBeEmpty();
        }
    }

    [Fact]
    public async Task A_silent_socket_stays_open()
    {
        var visitor = await _server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();

        _server.Clock.Advance(TimeSpan.FromHours(3));

        await widget.SettleAsync();
    }

    [Fact]
    public async Task A_message_may_come_byte_by_byte_and_in_pieces_with_pings_between()
    {
        await using var socket = await OpenAsync();
        foreach (var each in RawSocket.TextFrame("{\"action\":\"ping\"}"))
            await socket.SendAsync([each]);
        await socket.HearAsync("pong");

        var text = Encoding.UTF8.GetBytes("{\"action\":\"send_message\",\"content\":\"größer 👋\",\"client_id\":\"c1\"}");
        for (var each = 0; each < text.Length; each++)
        {
            await socket.SendAsync(
                RawSocket.Frame(each == 0 ? RawSocket.Text : RawSocket.Continuation, [text[each]], final: each == text.Length - 1));
            if (each == 10)
                await socket.SendAsync(RawSocket.Frame(RawSocket.Ping, "between"u8));
        }

        var pong = await socket.ReadAsync();
        pong!.Value.Opcode.Should().Be(RawSocket.Pong);
        ((string)(await socket.HearAsync("new_message"))["message"]!["content"]!).Should().Be("größer 👋");
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData(
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_ping_is_answered_with_its_own_words(string payload)
    {
        await using var socket = await OpenAsync();

        await socket.SendAsync(RawSocket.Frame(RawSocket.Ping, Encoding.ASCII.GetBytes(payload)));
        await socket.SendAsync(RawSocket.Frame(RawSocket.Pong, "unasked"u8));

        var pong = await socket.ReadAsync();
        pong!.Value.Opcode.Should().Be(RawSocket.Pong);
        Encoding.ASCII.GetString(pong.Value.Payload).Should().Be(payload);
        await socket.SettleAsync();
    }

    [Fact]
    public async Task A_goodbye_is_answered_with_a_goodbye()
    {
        await using var empty = await OpenAsync();
        await using var normal = await OpenAsync();
        await using var leaving = await OpenAsync();

        await empty.SendAsync(RawSocket.Frame(RawSocket.Close, []));
        await normal.SendAsync(RawSocket.Frame(RawSocket.Close, [0x03, 0xE8]));
        await leaving.SendAsync(RawSocket.Frame(RawSocket.Close, [0x03, 0xE9, .. "going"u8]));

        foreach (var socket in (RawSocket[])[empty, normal, leaving])
        {
            (await socket.ClosedAsync()).Should().BeOneOf(1000, 1001, 1005);
            await socket.EndedAsync();
        }
    }

    [Fact]
    public async Task What_was_sent_before_a_goodbye_is_still_stored()
    {
        var visitor = await _server.VisitorAsync();
        await using var socket = await RawSocket.OpenAsync(_server, visitor);

        await socket.SendAsync([
            .. RawSocket.TextFrame("{\"action\":\"send_message\",\"content\":\"Bye\",\"client_id\":\"c1\"}"),
            .. RawSocket.Frame(RawSocket.Close, [0x03, 0xE8])]);

        (await socket.HearAsync("new_message")).Should().NotBeNull();
        (await socket.ClosedAsync()).Should().Be(1000);
        (await visitor.GetAsync("/messages")).Json!.AsArray().Should().ContainSingle();
    }

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
        await using var back = await UntilAsync(() => visitor.OpenAsync());
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
        await using var back = await UntilAsync(() => visitor.OpenAsync());
    }

    [Fact]
    public async Task Many_messages_in_one_commit_do_not_fill_the_mailbox_of_who_reads()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0", "Limits:MailboxFrames=20");
        var visitor = await server.VisitorAsync();
        await using var widget = await visitor.OpenAsync();
        await using var other = await visitor.OpenAsync();
        using var gate = new ManualResetEventSlim();
        var held = server.Database.WriteAsync(_ => gate.Wait(TimeSpan.FromSeconds(10)));

        for (var i = 1; i <= 60; i++)
            await widget.SayAsync(new { action = "send_message", content = $"{i}", client_id = $"c{i}" });
        for (var wait = 0; wait < 500 && server.Database.Statistics.Waiting < 60; wait++)
            await Task.Delay(10);
        gate.Set();

        (await held).Should().BeTrue();
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

        await UntilAsync(() => Task.FromResult(_server.Hub.Count == 1 ? true : throw new InvalidOperationException("Some still count.")));
        await using var widget = await visitor.OpenAsync();
    }

    private async Task<RawSocket> OpenAsync() => await RawSocket.OpenAsync(_server, await _server.VisitorAsync());

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

    /// <summary>Turns the clock on by as much, once the server has seen what was sent; it has by the time that something ends.</summary>
    private async Task TurnUntilAsync(Task ended, TimeSpan time)
    {
        // Whatever timer the server sets, it sets it on arrival, which we cannot see from here: so turn, look, and turn again.
        for (var turn = 0; turn < 20 && !ended.IsCompleted; turn++)
        {
            await Task.WhenAny(ended, Task.Delay(25));
            _server.Clock.Advance(time);
        }
    }

    /// <summary>Tries until it works: a seat is free again when the server has seen the end of the line, which nothing tells us.</summary>
    private static async Task<T> UntilAsync<T>(Func<Task<T>> attempt)
    {
        for (var turn = 1; ; turn++)
        {
            try
            {
                return await attempt();
            }
            catch (InvalidOperationException) when (turn < 100)
            {
                await Task.Delay(20);
            }
        }
    }
}
