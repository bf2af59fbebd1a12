namespace LeanChat.Tests;

/// <summary>The key of a letter: it opens its chat for a week, and nothing else.</summary>
public sealed class ChatKeySpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync(
        "IdentitySecret=" + Host.Secret, "Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_key_of_a_letter_opens_its_chat_for_a_week()
    {
        var (ada, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        await ada.PostAsync("Hello!");
        await bob.PostAsync("Bob's secret");
        var key = await KeyAsync(ada);
        _server.OnDisk().Should().NotContain(key);

        var (status, token) = await OpenAsync(key);
        status.Should().Be(200);
        token.Should().NotBe(ada.Token);
        var opened = ada.Elsewhere(token);
        ((string)(await opened.ChatAsync())["id"]!).Should().Be(ada.ChatId);
        (await opened.MessagesAsync()).Select(message => (string)message!["content"]!).Should().Equal("Hello!");
        (await ada.GetAsync("")).Status.Should().Be(200, "the first device stays signed in");

        _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddDays(7).AddSeconds(-1));
        (await OpenAsync(key)).Status.Should().Be(200, "a letter is read more than once");
        _server.Clock.AdjustTime(_server.Clock.GetUtcNow().AddSeconds(1));
        (await OpenAsync(key)).Status.Should().Be(401);
    }

    [Fact]
    public async Task The_key_of_a_letter_counts_whoever_clicks_it()
    {
        var (ada, bob) = (await _server.VisitorAsync(), await _server.VisitorAsync());
        var key = await KeyAsync(ada);

        var reply = await bob.RequestAsync(HttpMethod.Post, "/open", new { key });

        ((string)reply.Json!["id"]!).Should().Be(ada.ChatId);
        ((string)(await bob.ChatAsync())["id"]!).Should().Be(bob.ChatId, "Bob's own session is still his");
    }

    [Theory]
    [InlineData("""{"key":"unknown"}""")]
    [InlineData("""{"key":""}""")]
    [InlineData("""{"key":null}""")]
    [InlineData("{}")]
    public async Task A_wrong_key_is_refused(string body)
    {
        var visitor = await _server.VisitorAsync();
        await KeyAsync(visitor);

        var reply = await new Visitor(_server).RequestAsync(HttpMethod.Post, "/open", new StringContent(body));

        reply.Status.Should().Be(401);
        reply.Error.Should().Be("unauthorized");
        (await _server.QueryAsync("select count(*) from sessions")).Should().Equal("1");
    }

    [Fact]
    public async Task A_session_token_is_no_key_and_a_key_no_session_token()
    {
        var visitor = await _server.VisitorAsync();
        var key = await KeyAsync(visitor);

        (await OpenAsync(visitor.Token)).Status.Should().Be(401);
        (await visitor.Elsewhere(key).GetAsync("")).Status.Should().Be(401);
    }

    private Task<string> KeyAsync(Visitor visitor) => _server.Database.WriteAsync(tx => LeanChat.Mail.ChatKeyStore.New(tx, visitor.ChatId));

    private async Task<(int Status, string Token)> OpenAsync(string key)
    {
        var reply = await new Visitor(_server).RequestAsync(HttpMethod.Post, "/open", new { key });
        return (reply.Status, (string?)reply.Json!["token"] ?? "");
    }
}
