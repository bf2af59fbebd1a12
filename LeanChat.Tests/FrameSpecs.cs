using System.Text;

namespace LeanChat.Tests;

/// <summary>Frames: how large one may be, in how many pieces, and how long it may take.</summary>
public sealed class FrameSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

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

    private async Task<RawSocket> OpenAsync() => await RawSocket.OpenAsync(_server, await _server.VisitorAsync());

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
}
