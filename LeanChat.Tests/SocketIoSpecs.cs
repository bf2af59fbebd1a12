using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Socket.IO, packet by packet.</summary>
public sealed class SocketIoSpecs : IAsyncLifetime
{
    private const string Address = "/socket.io/?EIO=4&transport=websocket";

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task It_opens_connects_and_tells_frames_as_events()
    {
        var visitor = await _server.VisitorAsync();
        await using var socket = await KnockAsync();
        (await socket.ReadTextAsync()).Should().MatchRegex(
            """^0\{"sid":"[^"]+","upgrades":\[\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536\}$""");

        await socket.SayTextAsync($$"""40{"token":"{{visitor.Token}}"}""");

        (await socket.ReadTextAsync()).Should().MatchRegex("""^40\{"sid":"[^"]+"\}$""");
        (await socket.ReadTextAsync()).Should().StartWith("""42["ready",{"type":"ready",""").And.EndWith("}]");
        await visitor.PostAsync("Hello");
        (await socket.ReadTextAsync("new_message")).Should().StartWith("""42["new_message",{"type":"new_message",""");
    }

    [Fact]
    public async Task A_message_is_always_acknowledged()
    {
        var visitor = await _server.VisitorAsync();
        await using var socket = await JoinAsync(visitor);

        var stored = await AskAsync("""420["send_message",{"content":"Hello","client_id":"c1"}]""", "430[");
        ((long)stored["seq"]!).Should().Be(1);
        ((string)stored["content"]!).Should().Be("Hello");
        var again = await AskAsync("""421["send_message",{"content":"Hello","client_id":"c1"}]""", "431[");
        again.ToJsonString().Should().Be(stored.ToJsonString());
        var conflict = await AskAsync("""4212["send_message",{"content":"Other","client_id":"c1"}]""", "4312[");
        ((string)conflict["error"]!).Should().Be("client_id_conflict");
        ((string)conflict["client_id"]!).Should().Be("c1");
        ((string)conflict["message"]!).Should().EndWith(".");
        ((string)(await AskAsync("""423["send_message",{"content":" "}]""", "433["))["error"]!).Should().Be("empty_content");
        ((string)(await AskAsync("""424["send_message",{"content":5}]""", "434["))["error"]!).Should().Be("bad_request");
        JsonNode last = stored;
        for (var i = 0; i < 25 && last["error"] is null; i++)
            last = await AskAsync($$"""425["send_message",{"content":"{{i}}"}]""", "435[");
        ((string)last["error"]!).Should().Be("too_many_requests");
        ((long)last["retry_after_ms"]!).Should().BePositive();

        async Task<JsonNode> AskAsync(string packet, string answer)
        {
            await socket.SayTextAsync(packet);
            return JsonNode.Parse((await socket.ReadTextAsync(answer))![(answer.Length - 1)..])![0]!;
        }
    }

    [Theory]
    [InlineData("""40{"token":"unknown"}""", "unauthorized")]
    [InlineData("40", "unauthorized")]
    [InlineData("""40{"token":5}""", "bad_request")]
    [InlineData("""40{"as":"admin","chat_id":"x"}""", "forbidden")]
    public async Task Who_may_not_is_told_why(string packet, string code)
    {
        await using var socket = await KnockAsync();
        await socket.ReadTextAsync();

        await socket.SayTextAsync(packet);

        (await socket.ReadTextAsync()).Should().Be($$"""44{"message":"{{code}}"}""");
        await socket.EndedAsync();
    }

    [Fact]
    public async Task The_cookie_of_our_own_pages_counts_and_only_there()
    {
        var visitor = await _server.VisitorAsync();
        await using var own = await KnockAsync("Origin: " + _server.Origin, "Cookie: " + visitor.Cookie);
        await own.SayTextAsync("40");
        (await own.ReadTextAsync("ready")).Should().Contain(visitor.ChatId);

        await using var foreign = await KnockAsync("Origin: " + Visitor.Website, "Cookie: " + visitor.Cookie);
        await foreign.SayTextAsync("40");
        (await foreign.ReadTextAsync("44{")).Should().Contain("unauthorized");
    }

    [Fact]
    public async Task The_end_of_a_session_is_a_disconnect_packet()
    {
        var visitor = await _server.VisitorAsync();
        await using var socket = await JoinAsync(visitor);

        await visitor.RequestAsync(HttpMethod.Delete, "/session");

        (await socket.ReadTextAsync()).Should().Be("41");
        (await socket.ClosedAsync()).Should().Be(4401);
    }

    [Fact]
    public async Task Other_transports_and_namespaces_are_refused_as_its_own_server_would()
    {
        var polling = await _server.AskAsync(HttpMethod.Get, "/socket.io/?EIO=4&transport=polling&t=x");
        polling.Status.Should().Be(400);
        polling.Text.Should().Be("""{"code":0,"message":"Transport unknown"}""");
        (await _server.AskAsync(HttpMethod.Get, Address)).ShouldBeRefused(426, "upgrade_required");
        await using var socket = await JoinAsync(await _server.VisitorAsync());
        await socket.SayTextAsync("40/shop,{}");
        (await socket.ReadTextAsync()).Should().Be("""44/shop,{"message":"Invalid namespace"}""");
        await socket.SayTextAsync("""42["dance"]""");
        (await socket.ReadTextAsync()).Should().Contain("unknown_action");
        await socket.SayTextAsync("41");
        await socket.EndedAsync();
    }

    [Fact]
    public async Task Who_does_not_connect_in_time_is_closed()
    {
        await using var socket = await KnockAsync();
        await socket.ReadTextAsync();

        _server.Clock.Advance(TimeSpan.FromSeconds(6));

        (await socket.ClosedAsync()).Should().Be(4408);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("42")]
    [InlineData("42{}")]
    [InlineData("""42[1,{}]""")]
    [InlineData("""42["send_message",{"content":"x","content":"y"}]""")]
    [InlineData("""451-["file",{"_placeholder":true,"num":0}]""")]
    [InlineData("""42["send_message",{"content":"\ud800"}]""")]
    public async Task The_third_malformed_packet_ends_it(string packet)
    {
        await using var socket = await JoinAsync(await _server.VisitorAsync());
        for (var i = 0; i < 3; i++)
            await socket.SayTextAsync(packet);

        (await socket.ClosedAsync()).Should().Be(1008);
    }

    private Task<RawSocket> KnockAsync(params string[] headers) =>
        RawSocket.KnockAsync(_server, Address, headers.Length > 0 ? headers : ["Origin: " + Visitor.Website]);

    private async Task<RawSocket> JoinAsync(Visitor visitor)
    {
        var socket = await KnockAsync();
        await socket.SayTextAsync($$"""40{"token":"{{visitor.Token}}"}""");
        await socket.ReadTextAsync("ready");
        return socket;
    }
}
