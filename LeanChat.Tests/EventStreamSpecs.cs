using System.Net;

namespace LeanChat.Tests;

/// <summary>Server-sent events, line by line.</summary>
public sealed class EventStreamSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("/support_chat")]
    [InlineData("/api/support_chat")]
    [InlineData("/api/support-chat")]
    public async Task Each_frame_is_an_event_and_only_a_message_has_an_id(string prefix)
    {
        var visitor = await _server.VisitorAsync();
        await visitor.PostAsync("One");
        await visitor.PostAsync("Two");
        using var stream = await OpenAsync(prefix + "/events?after=1", Bearer(visitor));

        stream.Response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        stream.Response.Headers.CacheControl!.NoStore.Should().BeTrue();
        stream.Response.Headers.GetValues("X-Accel-Buffering").Should().Equal("no");
        (await stream.ReadAsync()).Should().StartWith("event: ready\ndata: {\"type\":\"ready\",").And.NotContain("id:");
        (await stream.ReadAsync()).Should().StartWith("event: new_message\nid: 2\ndata: {\"type\":\"new_message\",\"message\":{");
        await visitor.MarkReadAsync();
        await visitor.PostAsync("Line\nbreak");
        (await stream.ReadAsync("event: new_message")).Should().Contain("id: 3\n").And.Contain("Line\\nbreak");
    }

    [Fact]
    public async Task Where_a_browser_was_wins_over_the_address_it_began_with()
    {
        var visitor = await _server.VisitorAsync();
        for (var i = 1; i <= 4; i++)
            await visitor.PostAsync($"Message {i}");
        using var stream = await OpenAsync("/support_chat/events?after=1", Bearer(visitor), ("Last-Event-ID", "3"));

        (await stream.ReadAsync("new_message")).Should().Contain("id: 4\n");
        (await _server.AskAsync(HttpMethod.Get, "/support_chat/events", null, Bearer(visitor), ("Last-Event-ID", "x")))
            .ShouldBeRefused(400, "bad_request");
        (await _server.AskAsync(HttpMethod.Get, "/support_chat/events?after=-1", null, Bearer(visitor)))
            .ShouldBeRefused(400, "bad_request");
    }

    [Fact]
    public async Task A_cookie_counts_for_our_own_pages_only_and_nobody_else_is_let_in()
    {
        var visitor = await _server.VisitorAsync();
        using (var stream = await OpenAsync("/support_chat/events", ("Cookie", visitor.Cookie), ("Sec-Fetch-Site", "same-origin")))
            (await stream.ReadAsync()).Should().Contain(visitor.ChatId);

        (await _server.AskAsync(
            HttpMethod.Get, "/support_chat/events", null, ("Cookie", visitor.Cookie), ("Origin", Visitor.Website)))
            .ShouldBeRefused(401, "unauthorized");
        (await _server.AskAsync(HttpMethod.Get, "/support_chat/events?token=" + visitor.Token)).ShouldBeRefused(401, "unauthorized");
        (await _server.AskAsync(HttpMethod.Get, "/admin/events", null, ("Cookie", visitor.Cookie))).ShouldBeRefused(401, "unauthorized");
        await visitor.RequestAsync(HttpMethod.Delete, "/session");
        (await _server.AskAsync(HttpMethod.Get, "/support_chat/events", null, Bearer(visitor))).ShouldBeRefused(401, "unauthorized");
    }

    [Fact]
    public async Task A_restart_is_told_then_when_to_come_back_then_it_ends()
    {
        var visitor = await _server.VisitorAsync();
        using var stream = await OpenAsync("/support_chat/events", Bearer(visitor));
        await stream.ReadAsync();

        await _server.StopAsync();

        (await stream.ReadAsync()).Should().StartWith("event: going_away\ndata: {\"type\":\"going_away\",\"retry_after_ms\":");
        (await stream.ReadAsync()).Should().MatchRegex("^retry: [0-9]{4,5}$");
        (await stream.ReadAsync()).Should().BeNull();
        await _server.StartAgainAsync();
    }

    [Fact]
    public async Task A_dashboard_is_told_everything_until_its_session_ends()
    {
        var mia = await _server.AdminAsync();
        var visitor = await _server.VisitorAsync();
        (string, string)[] own = [("Cookie", mia.Cookie), ("Sec-Fetch-Site", "same-origin")];
        using var stream = await OpenAsync("/api/admin/events", own);
        (await stream.ReadAsync()).Should().StartWith("event: ready\n");

        await visitor.PostAsync("Hello?");

        (await stream.ReadAsync("new_user_message")).Should().Contain("Hello?").And.NotContain("id: ");
        (await stream.ReadAsync("chat_updated")).Should().Contain(visitor.ChatId);
        (await mia.PostAsync("/logout")).Status.Should().Be(204);
        while (await stream.ReadAsync() is not null)
        {
        }

        (await _server.AskAsync(HttpMethod.Get, "/admin/events", null, own)).ShouldBeRefused(401, "unauthorized");
        await Eventually.IsTrueAsync(() => _server.Hub.Count == 0);
    }

    [Fact]
    public async Task It_is_a_socket_in_the_limits_of_its_address()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:SocketsPerAddress=1");
        var visitor = await server.VisitorAsync();
        await using (var socket = await visitor.OpenAsync())
            (await server.AskAsync(HttpMethod.Get, "/support_chat/events", null, Bearer(visitor)))
                .ShouldBeRefused(429, "too_many_requests");
        await Eventually.IsTrueAsync(() => server.Hub.Count == 0);
        using (var stream = await EventReader.OpenAsync(server, "/support_chat/events", Bearer(visitor)))
            (await server.KnockAsync("/ws/chat", ("Origin", server.Origin), ("Cookie", visitor.Cookie))).Status.Should().Be(429);
        await Eventually.IsTrueAsync(() => server.Hub.Count == 0);
        server.Get<Chats.Presence>().UserOnline(visitor.UserId).Should().BeFalse();
    }

    [Fact]
    public async Task A_reader_that_does_not_read_is_closed_and_holds_up_nobody()
    {
        var visitor = await _server.VisitorAsync();
        using var line = await LeanChat.Proof.Line.DialAsync(_server.Address.Port, receiveBuffer: 4096);
        await line.SendAsync(System.Text.Encoding.ASCII.GetBytes(
            $"GET /support_chat/events HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nAuthorization: Bearer {visitor.Token}\r\n\r\n"));
        await Eventually.IsTrueAsync(() => _server.Hub.Count == 1);
        var text = string.Concat(Enumerable.Repeat("👋", 5000));

        await Eventually.IsTrueAsync(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => visitor.PostAsync(text)));
            _server.Clock.Advance(TimeSpan.FromSeconds(1));
            return _server.Hub.Count == 0;
        }, TimeSpan.FromSeconds(60));

        _server.Hub.Closed.Should().ContainKey(4410);
    }

    [Fact]
    public async Task A_silent_stream_has_a_comment_every_fifteen_seconds()
    {
        var visitor = await _server.VisitorAsync();
        using var stream = await OpenAsync("/support_chat/events", Bearer(visitor));
        await stream.ReadAsync();
        var since = System.Diagnostics.Stopwatch.GetTimestamp();

        (await stream.ReadAsync()).Should().Be(":");

        System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalSeconds.Should().BeInRange(12, 18);
    }

    private Task<EventReader> OpenAsync(string path, params (string Name, string Value)[] headers) =>
        EventReader.OpenAsync(_server, path, headers);

    private static (string, string) Bearer(Visitor visitor) => ("Authorization", "Bearer " + visitor.Token);

    /// <summary>An open response, read event by event.</summary>
    private sealed class EventReader(HttpClient client, HttpResponseMessage response, StreamReader lines) : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

        public HttpResponseMessage Response => response;

        public static async Task<EventReader> OpenAsync(LeanChatServer server, string path, params (string Name, string Value)[] headers)
        {
            var client = server.Client();
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            foreach (var (name, value) in headers)
                request.Headers.TryAddWithoutValidation(name, value);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.StatusCode.Should().Be(HttpStatusCode.OK);
            return new EventReader(client, response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        }

        /// <summary>The lines up to the next empty one, of the next event that has this in it; null at the end.</summary>
        public async Task<string?> ReadAsync(string containing = "")
        {
            var whole = new List<string>();
            while (await lines.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                if (line.Length > 0)
                    whole.Add(line);
                else if (string.Join('\n', whole) is var text && text.Contains(containing, StringComparison.Ordinal))
                    return text;
                else
                    whole.Clear();
            }

            return null;
        }

        public void Dispose()
        {
            lines.Dispose();
            response.Dispose();
            client.Dispose();
        }
    }
}
