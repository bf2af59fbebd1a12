using System.Text.Json;
using LeanChat.Bench.Peers;
using LeanChat.Storage.Sqlite;
using LeanChat.Storage;

namespace LeanChat.Bench.Load;

/// <summary>The load program: a process of its own, told what to do in one argument, answering in one line.</summary>
internal static class Loader
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(string order) =>
        Console.WriteLine(JsonSerializer.Serialize(await RunAsync(JsonSerializer.Deserialize<LoadOrder>(order)!)));

    private static async Task<LoadResult> RunAsync(LoadOrder order)
    {
        var wire = Peer.All.Single(peer => peer.Name == order.Peer).Speak();
        await wire.PrepareAsync(order);
        if (order.Work == LoadKind.Prepare)
            return new LoadResult();
        var crowd = new Crowd(wire, order.Port);
        var lines = Enumerable.Range(0, order.Sockets).Select(i => new Line(i, i / order.Members, i % order.Members == 0)).ToArray();
        try
        {
            if (order.Work != LoadKind.Messages)
                return new Arrivals(crowd, order, lines).Run();
            crowd.Open(lines, Arrivals.AtOnce, Limit);
            return new Traffic(crowd, wire, order, lines).Run();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or TimeoutException or HttpRequestException)
        {
            // The server could not do it: that is a result as well.
            return new LoadResult { Lost = 1, Trouble = e.Message };
        }
    }
}
