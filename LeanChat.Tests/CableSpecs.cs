using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>ActionCable, message by message.</summary>
public sealed class CableSpecs : IAsyncLifetime
{
    private const string Anybody = """{"channel":"ChatChannel"}""";

    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync("Limits:SocketsPerUser=1");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task An_identifier_comes_back_byte_for_byte_and_ready_follows()
    {
        var visitor = await _server.VisitorAsync();
        var identifier = $$"""  { "token" : "{{visitor.Token}}", "channel":"SupportChatChannel", "who":"J\u00f6 👋" }""";
        await using var page = await OpenAsync(null, "Origin: " + Visitor.Website, "Sec-WebSocket-Protocol: x, actioncable-v1-json");
        (await page.ReadTextAsync()).Should().Be("""{"type":"welcome"}""");

        await SayAsync(page, "subscribe", identifier);

        var confirmed = JsonNode.Parse((await page.ReadTextAsync())!)!;
        ((string)confirmed["type"]!).Should().Be("confirm_subscription");
        ((string)confirmed["identifier"]!).Should().Be(identifier);
        var ready = JsonNode.Parse((await page.ReadTextAsync())!)!;
        ((string)ready["identifier"]!).Should().Be(identifier);
        ((string)ready["message"]!["type"]!).Should().Be("ready");
        ((string)ready["message"]!["chat_id"]!).Should().Be(visitor.ChatId);
    }

    [Fact]
    public async Task A_page_performs_and_an_error_comes_on_the_subscription_that_caused_it()
    {
        var visitor = await _server.VisitorAsync();
        await using var page = await OpenAsync(visitor);
        await SubscribeAsync(page, Anybody);
        // A second subscription of the same connection is no second socket.
        await SubscribeAsync(page, """{"channel":"ChatChannel","twice":true}""");

        await PerformAsync(page, Anybody, """{"action":"send_message","content":"Hello","client_id":"c1"}""");
        (await page.ReadTextAsync("Hello")).Should().Contain("new_message");
        await PerformAsync(page, Anybody, """{"action":"send_message","content":"Other words","client_id":"c1"}""");
        var refused = await page.ReadTextAsync("client_id_conflict");
        ((string)JsonNode.Parse(refused!)!["identifier"]!).Should().Be(Anybody);
        await PerformAsync(page, Anybody, $$"""{"action":"auth","token":"{{visitor.Token}}"}""");
        (await page.ReadTextAsync("unknown_action")).Should().NotBeNull();
        (await _server.KnockAsync("/ws/chat", ("Origin", _server.Origin), ("Cookie", visitor.Cookie))).Status.Should().Be(429);

        await SayAsync(page, "unsubscribe", Anybody);
        await SayAsync(page, "unsubscribe", """{"channel":"ChatChannel","twice":true}""");
        await Eventually.IsTrueAsync(() => !_server.Get<Chats.Presence>().UserOnline(visitor.UserId));
        _server.Hub.Count.Should().Be(1);
    }

    [Fact]
    public async Task What_may_not_be_heard_is_rejected_and_the_connection_stays()
    {
        var (visitor, other) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await using var page = await OpenAsync(visitor);
        string[] wrong =
        [
            $$"""{"channel":"ChatChannel","chat_id":"{{other.ChatId}}"}""", """{"channel":"ChatChannel","token":"x"}""",
            """{"channel":"AdminChannel"}""", """{"channel":"ChatChannel","as":"admin"}""", """{"channel":"OrdersChannel"}""",
            "[]", "no JSON",
            """{"channel":"ChatChannel","after":-1}""", """{"channel":"ChatChannel","channel":"ChatChannel"}""",
            $$"""{"channel":"ChatChannel","x":"{{new string('x', 1024)}}"}""",
        ];
        foreach (var identifier in wrong)
        {
            await SayAsync(page, "subscribe", identifier);
            var answer = JsonNode.Parse((await page.ReadTextAsync("subscription"))!)!;
            ((string)answer["type"]!).Should().Be("reject_subscription", identifier);
            ((string)answer["identifier"]!).Should().Be(identifier);
        }

        await using var foreign = await OpenAsync(null, "Origin: " + Visitor.Website, "Cookie: " + visitor.Cookie);
        await SayAsync(foreign, "subscribe", Anybody);
        (await foreign.ReadTextAsync("subscription")).Should().Contain("reject_subscription", "a cookie counts for our own origin only");

        for (var i = 1; i <= 10; i++)
            await SubscribeAsync(page, $$"""{"channel":"ChatChannel","n":{{i}}}""");
        await SayAsync(page, "subscribe", Anybody);
        (await page.ReadTextAsync("subscription")).Should().Contain("reject_subscription");
    }

    [Fact]
    public async Task An_admin_of_the_cookie_watches_everything_and_joins_any_chat()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        await using var page = await OpenAsync(null, "Origin: " + _server.Origin, "Cookie: " + mia.Cookie);
        await SubscribeAsync(page, """{"channel":"AdminChannel"}""");
        var chat = $$"""{"channel":"ChatChannel","chat_id":"{{visitor.ChatId}}","as":"admin"}""";
        await SubscribeAsync(page, chat);

        await visitor.PostAsync("Hello?");
        (await page.ReadTextAsync("new_user_message")).Should().Contain("AdminChannel");
        await PerformAsync(page, chat, """{"action":"send_message","content":"Yes?","client_id":"a1"}""");
        (await page.ReadTextAsync("Yes?")).Should().Contain("\"sender_type\":\"admin\"").And.Contain("Mia");

        (await mia.PostAsync("/logout")).Status.Should().Be(204);
        (await page.ReadTextAsync("disconnect")).Should().Be("""{"type":"disconnect","reason":"unauthorized","reconnect":false}""");
        await page.EndedAsync();
    }

    [Fact]
    public async Task It_pings_every_three_seconds_and_ends_who_subscribes_to_nothing()
    {
        await using var page = await OpenAsync(null, "Origin: " + Visitor.Website);
        await page.ReadTextAsync("welcome");
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        (await page.ReadTextAsync()).Should().MatchRegex("""^\{"type":"ping","message":[0-9]{10}\}$""");
        (await page.ReadTextAsync()).Should().Contain("ping");
        System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalSeconds.Should().BeInRange(4.5, 7.5);

        _server.Clock.Advance(TimeSpan.FromSeconds(30));

        (await page.ReadTextAsync("disconnect")).Should().Be("""{"type":"disconnect","reason":"remote","reconnect":false}""");
    }

    [Fact]
    public async Task Who_subscribed_in_time_stays_and_a_restart_asks_it_back()
    {
        var visitor = await _server.VisitorAsync();
        await using var page = await OpenAsync(visitor);
        await SubscribeAsync(page, Anybody);
        _server.Clock.Advance(TimeSpan.FromSeconds(30));
        await visitor.PostAsync("Still there?");
        (await page.ReadTextAsync("Still there?")).Should().NotBeNull();

        await _server.StopAsync();

        (await page.ReadTextAsync("disconnect")).Should().Be("""{"type":"disconnect","reason":"server_restart","reconnect":true}""");
        (await page.ReadTextAsync()).Should().BeNull();
        await _server.StartAgainAsync();
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"command":"subscribe"}""")]
    [InlineData("""{"command":"dance","identifier":"x"}""")]
    [InlineData("""{"command":"subscribe","command":"subscribe","identifier":"x"}""")]
    public async Task The_third_malformed_command_ends_it(string command)
    {
        await using var page = await OpenAsync(null, "Origin: " + Visitor.Website);
        for (var i = 0; i < 3; i++)
            await page.SayTextAsync(command);

        (await page.ReadTextAsync("disconnect")).Should().Contain("invalid_request");
    }

    private Task<RawSocket> OpenAsync(Visitor visitor) =>
        OpenAsync(visitor, "Origin: " + _server.Origin, "Cookie: " + visitor.Cookie);

    private async Task<RawSocket> OpenAsync(Visitor? visitor, params string[] headers)
    {
        var socket = await RawSocket.KnockAsync(_server, "/cable", headers);
        socket.Status.Should().Be(101, visitor?.ChatId);
        return socket;
    }

    private static Task SayAsync(RawSocket page, string command, string identifier) =>
        page.SayTextAsync(new JsonObject { ["command"] = command, ["identifier"] = identifier }.ToJsonString());

    private static Task PerformAsync(RawSocket page, string identifier, string data) => page.SayTextAsync(
        new JsonObject { ["command"] = "message", ["identifier"] = identifier, ["data"] = data }.ToJsonString());

    private static async Task SubscribeAsync(RawSocket page, string identifier)
    {
        await SayAsync(page, "subscribe", identifier);
        (await page.ReadTextAsync("subscription")).Should().Contain("confirm_subscription");
        (await page.ReadTextAsync("ready")).Should().NotBeNull();
    }
}
