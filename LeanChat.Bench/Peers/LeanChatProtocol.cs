using System.Text.Json;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>LeanChat's own contract: a session for each chat, `auth` as the first frame of each socket.</summary>
internal sealed class LeanChatProtocol : WebSocketProtocol
{
    private string[] _tokens = [];

    /// <summary>Makes a user for each chat, before anything is measured.</summary>
    public override async Task PrepareAsync(LoadRequest request)
    {
        var file = System.IO.Path.Combine(request.Folder, "tokens");
        if (!File.Exists(file))
            await File.WriteAllLinesAsync(file, await MakeUsersAsync(request.Port, request.Topics));
        _tokens = await File.ReadAllLinesAsync(file);
    }

    private static async Task<string[]> MakeUsersAsync(int port, int count)
    {
        var tokens = new string[count];
        using var sockets = new SocketsHttpHandler { MaxConnectionsPerServer = 32, UseCookies = false, UseProxy = false };
        using var http = new HttpClient(sockets) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, cancel) =>
        {
            using var chat = JsonDocument.Parse(await http.GetStringAsync("/api/support_chat", cancel));
            tokens[i] = chat.RootElement.GetProperty("token").GetString()!;
        });
        return tokens;
    }

    protected override string Path(ClientSocket socket) => "/ws/chat";

    protected override void OnOpen(ClientSocket socket) => Send(socket, $$"""{"action":"auth","token":"{{_tokens[socket.Topic]}}"}""");

    protected override byte[] Message() => TextFrame(
        $$"""{"action":"send_message","content":"{{Content(0)}}","client_id":"{{Template.Number}}"}""");

    protected override void OnData(ClientSocket socket, ReadOnlySpan<byte> payload, int wireLength)
    {
        if (NumberIn(payload) is > 0 and var number)
            Deliver(socket, number, SeqIn(payload), wireLength);
        else if (payload.StartsWith("{\"type\":\"ready\""u8))
            Sockets.MarkReady(socket);
        else if (payload.StartsWith("{\"type\":\"error\""u8))
            Sockets.Fail(socket, System.Text.Encoding.UTF8.GetString(payload));
    }
}
