using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>Somebody who answers, speaking the contract exactly as admin.html does: cookie, own origin.</summary>
internal sealed class Admin(LeanChatServer server, string email, string prefix = "/admin")
{
    public const string Password = "correct horse battery";

    private readonly HttpClient _http = server.Client();

    public string Email { get; } = email;

    /// <summary>The session cookie as it is sent back.</summary>
    public string Cookie { get; set; } = "";

    public string Id { get; private set; } = "";

    /// <summary>By this the browser is known at the next sign-in.</summary>
    private string _device = "";

    public async Task<Admin> SetUpAsync(string token, string? name)
    {
        Enter(await RequestAsync(HttpMethod.Post, "/setup", new { token, email = Email, password = Password, name }), 201);
        return this;
    }

    public async Task<Admin> SignInAsync(string password = Password)
    {
        Enter(await RequestAsync(HttpMethod.Post, "/login", new { email = Email, password }), 200);
        return this;
    }

    private void Enter(Reply reply, int status)
    {
        reply.Status.Should().Be(status, reply.Text);
        Cookie = "leanchat_admin=" + reply.Cookie("leanchat_admin");
        _device = "leanchat_device=" + reply.Cookie("leanchat_device");
        Id = (string)reply.Json!["id"]!;
    }

    public Task<Reply> GetAsync(string path) => RequestAsync(HttpMethod.Get, path);

    public Task<Reply> PostAsync(string path, object? body = null) => RequestAsync(HttpMethod.Post, path, body);

    /// <summary>The list as the dashboard shows it.</summary>
    public async Task<JsonArray> ListAsync(string query = "") => (await GetAsync("/chats" + query)).Json!.AsArray();

    public async Task<JsonNode> OpenChatAsync(string chatId) => (await GetAsync("/chats/" + chatId)).Json!;

    public Task<Reply> ReplyAsync(string chatId, string content, string? clientId = null) =>
        PostAsync($"/chats/{chatId}/messages", new { content, client_id = clientId });

    public async Task<Reply> RequestAsync(HttpMethod method, string path, object? body = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(method, prefix + path);
        request.Headers.Add("Origin", origin ?? server.Origin);
        request.Headers.Add("Sec-Fetch-Site", origin is null ? "same-origin" : "cross-site");
        if (Cookie.Length > 0)
            request.Headers.Add("Cookie", _device.Length > 0 ? $"{Cookie}; {_device}" : Cookie);
        if (body is not null)
            request.Content = body as HttpContent ?? Wire.Body(body);
        return await (await _http.SendAsync(request)).ReplyAsync();
    }

    /// <summary>The dashboard's own socket.</summary>
    public async Task<Conversation> WatchAsync()
    {
        var conversation = await Conversation.OpenAsync(Socket("/ws/admin"), server.Origin, Cookie);
        await conversation.HearAsync("ready");
        return conversation;
    }

    /// <summary>The socket of one open chat.</summary>
    public async Task<Conversation> JoinAsync(string chatId, long? after = null)
    {
        var conversation = await Conversation.OpenAsync(
            Socket($"/ws/chat?as=admin&chat_id={chatId}{(after is { } seq ? $"&after={seq}" : "")}"), server.Origin, Cookie);
        await conversation.HearAsync("ready");
        return conversation;
    }

    private Uri Socket(string path) => new(server.Origin.Replace("http", "ws", StringComparison.Ordinal) + path);
}
