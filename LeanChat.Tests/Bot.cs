namespace LeanChat.Tests;

/// <summary>A program with an API token: nothing but the header `Authorization`.</summary>
internal sealed class Bot(LeanChatServer server, string token, string id = "", string prefix = "/admin")
{
    private readonly HttpClient _http = server.Client();

    public string Id { get; } = id;

    public string Token { get; } = token;

    /// <summary>An admin makes a token for a program.</summary>
    public static async Task<Bot> MakeAsync(LeanChatServer server, Admin admin, string name = "Robo", string? expiresAt = null)
    {
        var made = await admin.PostAsync("/tokens", new { name, expires_at = expiresAt });
        made.Status.Should().Be(201, made.Text);
        return new Bot(server, (string)made.Json!["token"]!, (string)made.Json["id"]!);
    }

    public Task<Reply> GetAsync(string path) => RequestAsync(HttpMethod.Get, path);

    public Task<Reply> PostAsync(string path, object? body = null) => RequestAsync(HttpMethod.Post, path, body);

    public Task<Reply> SayAsync(string chatId, string content, string? clientId = null) =>
        PostAsync($"/chats/{chatId}/messages", new { content, client_id = clientId });

    public async Task<Reply> RequestAsync(HttpMethod method, string path, object? body = null, string? cookie = null)
    {
        using var request = new HttpRequestMessage(method, prefix + path);
        request.Headers.Add("Authorization", "Bearer " + Token);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        if (body is not null)
            request.Content = body as HttpContent ?? Wire.Body(body);
        return await (await _http.SendAsync(request)).ReplyAsync();
    }

    public Task<Conversation> WatchAsync() => OpenAsync("/ws/admin");

    public Task<Conversation> JoinAsync(string chatId) => OpenAsync("/ws/chat?as=admin&chat_id=" + chatId);

    private async Task<Conversation> OpenAsync(string path)
    {
        var conversation = await Conversation.OpenAsync(server.Socket(path), ("Authorization", "Bearer " + Token));
        await conversation.HearAsync("ready");
        return conversation;
    }
}
