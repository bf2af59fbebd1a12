using System.Text.Json;
using LeanChat.Bench.Load;
using LeanChat.Chats;

namespace LeanChat.Bench.Peers;

/// <summary>LeanChat's own contract: a session for each chat, `auth` as the first frame of each socket.</summary>
internal sealed class LeanChatWire : WebSocketWire
{
    private string[] _tokens = [];

    /// <summary>Users are made before anything is measured.</summary>
    public override async Task PrepareAsync(LoadOrder order)
    {
        var made = System.IO.Path.Combine(order.Folder, "tokens");
        if (!File.Exists(made))
            await File.WriteAllLinesAsync(made, await MakeUsersAsync(order.Port, order.Topics));
        _tokens = await File.ReadAllLinesAsync(made);
    }

    private static async Task<string[]> MakeUsersAsync(int port, int count)
    {
        var tokens = new string[count];
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 32, UseCookies = false, UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, cancel) =>
        {
            using var chat = JsonDocument.Parse(await http.GetStringAsync("/api/support_chat", cancel));
            tokens[i] = chat.RootElement.GetProperty("token").GetString()!;
        });
        return tokens;
    }

    protected override string Path(Line line) => "/ws/chat";

    protected override void Opened(Line line) => Say(line, $$"""{"action":"auth","token":"{{_tokens[line.Topic]}}"}""");

    protected override byte[] Message() => TextFrame($$"""{"action":"send_message","content":"{{Content(0)}}","client_id":"{{Template.Number}}"}""");

    protected override void Data(Line line, ReadOnlySpan<byte> payload, int wireLength)
    {
        if (NumberIn(payload) is > 0 and var number)
            Crowd.Deliver(line, number, wireLength);
        else if (payload.StartsWith("{\"type\":\"ready\""u8))
            Crowd.Arrived(line);
        else if (payload.StartsWith("{\"type\":\"error\""u8))
            Crowd.Lose(line, System.Text.Encoding.UTF8.GetString(payload));
    }
}
