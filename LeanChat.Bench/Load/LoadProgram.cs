using System.Text.Json;
using LeanChat.Bench.Peers;

namespace LeanChat.Bench.Load;

/// <summary>The load program: a process of its own, its argument is a LoadRequest, its output a LoadResult, both JSON.</summary>
internal static class LoadProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(string request) =>
        Console.WriteLine(JsonSerializer.Serialize(await MeasureAsync(JsonSerializer.Deserialize<LoadRequest>(request)!)));

    private static async Task<LoadResult> MeasureAsync(LoadRequest request)
    {
        var protocol = Peer.All.Single(peer => peer.Name == request.Peer).CreateProtocol();
        await protocol.PrepareAsync(request);
        if (request.Work == LoadKind.Prepare)
            return new LoadResult();
        var sockets = new ClientSockets(protocol, request.Port);
        var clients = Enumerable.Range(0, request.Sockets)
            .Select(i => new ClientSocket(i, i / request.Members, i % request.Members == 0))
            .ToArray();
        try
        {
            if (request.Work != LoadKind.Messages)
                return new ConnectionLoad(sockets, request, clients).Run();
            sockets.Open(clients, ConnectionLoad.AtOnce, Limit);
            return new MessageLoad(sockets, protocol, request, clients).Run();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or TimeoutException or HttpRequestException)
        {
            // A server that fails is a result, too.
            return new LoadResult { Lost = 1, Error = e.Message };
        }
    }
}
