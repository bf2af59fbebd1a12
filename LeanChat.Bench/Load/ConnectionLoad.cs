using System.Diagnostics;

namespace LeanChat.Bench.Load;

/// <summary>Opens many sockets that send nothing: how fast they are accepted, or what memory they take.</summary>
internal sealed class ConnectionLoad(ClientSockets sockets, LoadRequest request, ClientSocket[] clients)
{
    /// <summary>Sockets opened and closed before `accept`, so that the server's code is compiled. Not before `idle`: their freed memory
    /// would be reused.</summary>
    private const int WarmUpSockets = 1000;

    public const int AtOnce = 128;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public LoadResult Run()
    {
        if (request.Work == LoadKind.Accept)
        {
            var first = clients.Take(WarmUpSockets).Select(each => new ClientSocket(each.Index, each.Topic, each.Sends));
            sockets.Open([.. first], AtOnce, Limit);
            sockets.Close();
        }

        Wait(request.WarmUp);
        var usage = new ProcessUsage(request.Process);
        var (memory, cpu, ownCpu, clock) = (usage.Memory(), usage.Cpu(), Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        sockets.Open(clients, AtOnce, Limit);
        var result = new LoadResult
        {
            Seconds = clock.Elapsed.TotalSeconds,
            SocketsPerSecond = clients.Length / clock.Elapsed.TotalSeconds,
            ServerCpu = usage.Cpu() - cpu,
            OwnCpu = (Environment.CpuUsage.TotalTime - ownCpu).TotalSeconds,
        };
        if (request.Work == LoadKind.Idle)
            Wait(request.Seconds);
        var memoryPerSocket = (double)(usage.Memory() - memory) / clients.Length;
        return result with { MemoryPerSocket = memoryPerSocket, Lost = sockets.LostCount, Error = sockets.Error };
    }

    /// <summary>Gives the server time to finish what it has begun; its pings are answered.</summary>
    private void Wait(double seconds)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds;)
            sockets.Poll(20);
    }
}
