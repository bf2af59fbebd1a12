using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Somebody on the website, who speaks the contract exactly as widget.js does: bearer token, `auth` as the first frame.</summary>
internal sealed class Visitor(LeanChatServer server, string prefix = "/support_chat")
{
    /// <summary>The website that the widget sits on: not the server's own.</summary>
    public const string Website = "https://shop.example";

    /// <summary>All of the user's side.</summary>
    public static readonly (HttpMethod Method, string Path, object? Body)[] Routes =
    [
        (HttpMethod.Get, "", null),
        (HttpMethod.Get, "/messages?after=0", null),
        (HttpMethod.Post, "/messages", new { content = "Hello!" }),
        (HttpMethod.Patch, "/mark_read", null),
        (HttpMethod.Post, "/identify", new { name = "Ada" }),
        (HttpMethod.Delete, "/session", null),
    ];

    private readonly HttpClient _http = server.Client();

    public string Token { get; set; } = "";

    /// <summary>The same session as our own pages hold it.</summary>
    public string Cookie => "leanchat_session=" + Token;

    public string ChatId { get; private set; } = "";

    public string UserId { get; private set; } = "";

    public async Task<Visitor> ArriveAsync()
    {
        var reply = await GetAsync("");
        reply.Status.Should().Be(200, reply.Text);
        Token = (string)reply.Json!["token"]!;
        Remember(reply.Json);
        return this;
    }

    /// <summary>The same person on another device or tab, with a token of their own.</summary>
    public Visitor Elsewhere(string? token = null) => new(server, prefix) { Token = token ?? Token, ChatId = ChatId, UserId = UserId };

    public async Task<JsonNode> ChatAsync() => (await GetAsync("")).Json!;

    public Task<Reply> GetAsync(string path) => RequestAsync(HttpMethod.Get, path);

    public Task<Reply> PostAsync(string content, string? clientId = null) =>
        RequestAsync(HttpMethod.Post, "/messages", new { content, client_id = clientId });

    /// <summary>Posts a body as it is; <paramref name="chunked"/> is one whose length nobody knows beforehand.</summary>
    public Task<Reply> PostBodyAsync(string body, bool chunked = false)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        HttpContent content = chunked ? new StreamContent(new OneWayStream(bytes)) : new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return RequestAsync(HttpMethod.Post, "/messages", content);
    }

    /// <summary>What was said so far, as the first page of the history tells it.</summary>
    public async Task<JsonArray> MessagesAsync() => (await GetAsync("/messages?after=0")).Json!.AsArray();

    public Task<Reply> MarkReadAsync() => RequestAsync(HttpMethod.Patch, "/mark_read");

    public async Task<Reply> IdentifyAsync(object body)
    {
        var reply = await RequestAsync(HttpMethod.Post, "/identify", body);
        if (reply.Status == 200)
        {
            Token = (string?)reply.Json!["token"] ?? Token;
            Remember(reply.Json);
        }

        return reply;
    }

    public async Task<Reply> RequestAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, prefix + path);
        request.Headers.Add("Origin", Website);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        if (Token.Length > 0)
            request.Headers.Add("Authorization", "Bearer " + Token);
        if (body is not null)
            request.Content = body as HttpContent ?? Wire.Body(body);
        return await (await _http.SendAsync(request)).ReplyAsync();
    }

    /// <summary>Opens the widget: connected, authorised, `ready`.</summary>
    public async Task<Conversation> OpenAsync(long? after = null)
    {
        var conversation = await ConnectAsync();
        await conversation.SayAsync(
            after is { } seq ? new { action = "auth", token = Token, after = seq } : new { action = "auth", token = Token });
        await conversation.HearAsync("ready");
        return conversation;
    }

    /// <summary>Opens the chat on the server's own page: the cookie says who it is.</summary>
    public async Task<Conversation> OpenOwnPageAsync(string query = "")
    {
        var conversation = await Conversation.OpenAsync(server.Socket("/ws/chat" + query), server.Origin, Cookie);
        await conversation.HearAsync("ready");
        return conversation;
    }

    /// <summary>Connects without a word.</summary>
    public Task<Conversation> ConnectAsync(string query = "") =>
        Conversation.OpenAsync(new Uri(server.Origin.Replace("http", "ws", StringComparison.Ordinal) + "/ws/chat" + query), Website);

    private void Remember(JsonNode chat) => (ChatId, UserId) = ((string)chat["id"]!, (string)chat["user"]!["id"]!);

    private sealed class OneWayStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
