using System.Net.WebSockets;

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
        await Eventually.IsTrueAsync(() => _server.Hub.Count == 0);
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

    private async Task<RawSocket> OpenAsync() => await RawSocket.OpenAsync(_server, await _server.VisitorAsync());
}
