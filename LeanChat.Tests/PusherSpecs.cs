using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Pusher's protocol, event by event.</summary>
public sealed class PusherSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync("Limits:SocketsPerUser=2");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("private-support-chat.")]
    [InlineData("private-support-chat-")]
    public async Task A_message_is_an_event_whose_data_is_the_message_as_text(string prefix)
    {
        var visitor = await _server.VisitorAsync();
        var (socket, id) = await OpenAsync();
        await using var _ = socket;
        var channel = prefix + visitor.ChatId;

        await SubscribeAsync(socket, channel, await AuthorizeAsync(visitor, id, channel));

        (await socket.ReadTextAsync()).Should().Be(
            $$"""{"event":"pusher_internal:subscription_succeeded","channel":"{{channel}}","data":"{}"}""");
        var posted = (await visitor.PostAsync("Hello \"there\"")).Json!;
        var told = JsonNode.Parse((await socket.ReadTextAsync())!)!;
        ((string)told["event"]!).Should().Be("new-message");
        ((string)told["channel"]!).Should().Be(channel);
        JsonNode.Parse((string)told["data"]!)!.ToJsonString().Should().Be(posted.ToJsonString());
        await socket.SayTextAsync("""{"event":"pusher:ping","data":{}}""");
        (await socket.ReadTextAsync()).Should().Be("""{"event":"pusher:pong","data":"{}"}""");
    }

    [Fact]
    public async Task An_authorization_holds_for_that_socket_that_channel_and_that_session()
    {
        var visitor = await _server.VisitorAsync();
        var (socket, id) = await OpenAsync();
        var (other, otherId) = await OpenAsync();
        await using var _ = socket;
        await using var __ = other;
        var (dot, dash) = ("private-support-chat." + visitor.ChatId, "private-support-chat-" + visitor.ChatId);
        var auth = await AuthorizeAsync(visitor, id, dot);
        var elsewhere = (await _server.AskAsync(HttpMethod.Post, "/pusher/auth", Form(id, dot))).Status;
        elsewhere.Should().Be(401);

        await RefusedAsync(other, dot, auth);
        await RefusedAsync(socket, dash, auth);
        await RefusedAsync(socket, dot, null);
        await RefusedAsync(socket, dot, auth.Replace("leanchat:", "leanchat:0", StringComparison.Ordinal));
        await RefusedAsync(socket, "support-chat-" + visitor.ChatId, null);
        await RefusedAsync(socket, "orders", null);
        await visitor.RequestAsync(HttpMethod.Delete, "/session");
        await RefusedAsync(socket, dot, auth);
        otherId.Should().NotBe(id);
    }

    [Fact]
    public async Task Only_the_own_channel_is_authorized()
    {
        var (visitor, other) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        var own = "private-support-chat-" + visitor.ChatId;

        (await visitor.AuthorizeRawAsync(_server, "1.2", "private-support-chat-" + other.ChatId)).ShouldBeRefused(403, "forbidden");
        (await visitor.AuthorizeRawAsync(_server, "1.2", "support-chat-" + visitor.ChatId)).ShouldBeRefused(403, "forbidden");
        (await visitor.AuthorizeRawAsync(_server, "x", own)).ShouldBeRefused(400, "bad_request");
        (await _server.AskAsync(
            HttpMethod.Post, "/broadcasting/auth", Form("1.2", own), ("Cookie", visitor.Cookie), ("Origin", Visitor.Website)))
            .ShouldBeRefused(403, "forbidden");
        var byCookie = await _server.AskAsync(
            HttpMethod.Post, "/broadcasting/auth", Form("1.2", own), ("Cookie", visitor.Cookie), ("Origin", _server.Origin));
        ((string)byCookie.Json!["auth"]!).Should().StartWith("leanchat:").And.NotContain(visitor.Token);
        var preflight = await _server.AskAsync(
            HttpMethod.Options, "/pusher/auth", null, ("Origin", Visitor.Website), ("Access-Control-Request-Method", "POST"));
        preflight.Status.Should().Be(204);
        preflight.Header("Access-Control-Allow-Headers").Should().ContainAll("X-CSRF-TOKEN", "X-Requested-With", "X-Socket-ID");
    }

    [Theory]
    [InlineData("/pusher/auth", "application/json", "{\"socket_id\":\"1.2\"}")]
    [InlineData("/pusher/auth", "application/x-www-form-urlencoded", "%%%")]
    [InlineData("/broadcasting/auth", "application/x-www-form-urlencoded", "socket_id=1.2")]
    [InlineData("/broadcasting/auth", "text/plain", "")]
    public async Task What_is_no_such_form_is_a_bad_request(string path, string type, string body)
    {
        var visitor = await _server.VisitorAsync();
        using var content = new StringContent(body, null, type);

        (await _server.AskAsync(HttpMethod.Post, path, content, ("Authorization", "Bearer " + visitor.Token)))
            .ShouldBeRefused(400, "bad_request");
    }

    [Fact]
    public async Task A_cookie_counts_on_our_own_pages_only_and_a_token_in_the_header_anywhere()
    {
        var visitor = await _server.VisitorAsync();
        var channel = "support-chat-" + visitor.ChatId;
        var (stranger, _) = await OpenAsync("Cookie: " + visitor.Cookie);
        await using var __ = stranger;
        await RefusedAsync(stranger, channel, null);

        var (bearer, _) = await OpenAsync("Authorization: Bearer " + visitor.Token);
        await using var ___ = bearer;
        await SubscribeAsync(bearer, channel, null);
        (await bearer.ReadTextAsync()).Should().Contain("subscription_succeeded");
        await using var unknown = await RawSocket.KnockAsync(_server, "/app/x?protocol=7", "Authorization: Bearer nobody");
        unknown.Status.Should().Be(401);
    }

    [Fact]
    public async Task The_cookie_of_our_own_pages_opens_its_chats_plain_channel()
    {
        var (visitor, other) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        var (socket, _) = await OpenAsync("Origin: " + _server.Origin, "Cookie: " + visitor.Cookie);
        await using var __ = socket;

        await RefusedAsync(socket, "support-chat-" + other.ChatId, null);
        await SubscribeAsync(socket, "support-chat-" + visitor.ChatId, null);
        (await socket.ReadTextAsync()).Should().Contain("subscription_succeeded");
        await visitor.PostAsync("Hello");
        (await socket.ReadTextAsync()).Should().Contain("Hello");
    }

    [Fact]
    public async Task What_clients_say_to_each_other_is_never_passed_on()
    {
        var visitor = await _server.VisitorAsync();
        var channel = "private-support-chat-" + visitor.ChatId;
        var (one, id) = await OpenAsync();
        var (other, otherId) = await OpenAsync();
        await using var _ = one;
        await using var __ = other;
        await SubscribeAsync(one, channel, await AuthorizeAsync(visitor, id, channel));
        await SubscribeAsync(other, channel, await AuthorizeAsync(visitor, otherId, channel));
        await one.ReadTextAsync("succeeded");
        await other.ReadTextAsync("succeeded");

        await one.SayTextAsync($$"""{"event":"client-typing","data":{},"channel":"{{channel}}"}""");

        (await one.ReadTextAsync()).Should().Contain("pusher:error").And.Contain("4301");
        await visitor.PostAsync("After");
        (await other.ReadTextAsync()).Should().Contain("After");
    }

    [Fact]
    public async Task Close_codes_are_those_that_its_clients_know()
    {
        var visitor = await _server.VisitorAsync();
        var channel = "private-support-chat-" + visitor.ChatId;
        var (one, id) = await OpenAsync();
        var (two, twoId) = await OpenAsync();
        var (three, threeId) = await OpenAsync();
        var (four, _) = await OpenAsync();
        await using var a = one;
        await using var b = two;
        await using var c = three;
        await using var d = four;
        await SubscribeAsync(one, channel, await AuthorizeAsync(visitor, id, channel));
        await SubscribeAsync(two, channel, await AuthorizeAsync(visitor, twoId, channel));
        await one.ReadTextAsync("succeeded");
        await two.ReadTextAsync("succeeded");
        await SubscribeAsync(three, channel, await AuthorizeAsync(visitor, threeId, channel));
        (await three.ClosedAsync()).Should().Be(4004);

        await visitor.RequestAsync(HttpMethod.Delete, "/session");
        (await one.ClosedAsync()).Should().Be(4009);
        (await two.ClosedAsync()).Should().Be(4009);
        await four.SayTextAsync(new string('x', 70_000));
        (await four.ClosedAsync()).Should().Be(4200);

        var (last, _) = await OpenAsync();
        await using var e = last;
        await _server.StopAsync();
        (await last.ClosedAsync()).Should().Be(4100);
        await _server.StartAgainAsync();
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"event":"pusher:subscribe","data":"x"}""")]
    public async Task The_third_malformed_event_ends_it(string text)
    {
        var (socket, _) = await OpenAsync();
        await using var __ = socket;
        for (var i = 0; i < 3; i++)
            await socket.SayTextAsync(text);

        (await socket.ClosedAsync()).Should().Be(1008);
    }

    private async Task<(RawSocket Socket, string Id)> OpenAsync(params string[] headers)
    {
        var socket = await RawSocket.KnockAsync(
            _server, "/app/whatever?protocol=7&client=js", headers.Length > 0 ? headers : ["Origin: " + Visitor.Website]);
        var established = JsonNode.Parse((await socket.ReadTextAsync())!)!;
        ((string)established["event"]!).Should().Be("pusher:connection_established");
        var data = JsonNode.Parse((string)established["data"]!)!;
        ((int)data["activity_timeout"]!).Should().Be(120);
        return (socket, (string)data["socket_id"]!);
    }

    private async Task<string> AuthorizeAsync(Visitor visitor, string socketId, string channel) =>
        (string)(await visitor.AuthorizeRawAsync(_server, socketId, channel)).Json!["auth"]!;

    private static Task SubscribeAsync(RawSocket socket, string channel, string? auth) => socket.SayTextAsync(new JsonObject
    {
        ["event"] = "pusher:subscribe",
        ["data"] = new JsonObject { ["channel"] = channel, ["auth"] = auth },
    }.ToJsonString());

    private static async Task RefusedAsync(RawSocket socket, string channel, string? auth)
    {
        await SubscribeAsync(socket, channel, auth);
        var refused = JsonNode.Parse((await socket.ReadTextAsync())!)!;
        ((string)refused["event"]!).Should().Be("pusher:subscription_error", channel);
        ((string)refused["channel"]!).Should().Be(channel);
        var data = JsonNode.Parse((string)refused["data"]!)!;
        ((string)data["type"]!).Should().Be("AuthError");
        ((int)data["status"]!).Should().Be(403);
        // The subscription is gone before the next one of that name.
        await socket.SayTextAsync("""{"event":"pusher:ping","data":{}}""");
        (await socket.ReadTextAsync()).Should().Contain("pong");
    }

    internal static FormUrlEncodedContent Form(string socketId, string channel) =>
        new(new Dictionary<string, string> { ["socket_id"] = socketId, ["channel_name"] = channel });
}

/// <summary>Asks for a channel, as pusher-js does.</summary>
internal static class PusherVisitor
{
    public static Task<Reply> AuthorizeRawAsync(this Visitor visitor, LeanChatServer server, string socketId, string channel) =>
        server.AskAsync(
            HttpMethod.Post, "/pusher/auth", PusherSpecs.Form(socketId, channel), ("Origin", Visitor.Website),
            ("Authorization", "Bearer " + visitor.Token));
}
