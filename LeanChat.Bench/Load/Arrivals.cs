using System.Diagnostics;
using LeanChat.Text;

namespace LeanChat.Bench.Load;

/// <summary>Sockets that come, and stay, and say nothing.</summary>
internal sealed class Arrivals(Crowd crowd, LoadOrder order, Line[] lines)
{
    /// <summary>Sockets that have come and gone before the pace is taken: code is compiled. Not before memory is: what they leave would be used again.</summary>
    private const int Before = 1000;

    public const int AtOnce = 128;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public LoadResult Run()
    {
        if (order.Work == LoadKind.Accept)
        {
            crowd.Open([.. lines.Take(Before).Select(line => new Line(line.Index, line.Topic, line.Sends))], AtOnce, Limit);
            crowd.Close();
        }

        Wait(order.WarmUp);
        var gauge = new Gauge(order.Process);
        var (before, cpu, own, clock) = (gauge.Memory(), gauge.Cpu(), Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        crowd.Open(lines, AtOnce, Limit);
        var took = clock.Elapsed.TotalSeconds;
        var result = new LoadResult { Seconds = took, SocketsPerSecond = lines.Length / took, ServerCpu = gauge.Cpu() - cpu, OwnCpu = (Environment.CpuUsage.TotalTime - own).TotalSeconds };
        if (order.Work == LoadKind.Idle)
            Wait(order.Seconds);
        return result with { MemoryPerSocket = (double)(gauge.Memory() - before) / lines.Length, Lost = crowd.LostCount, Trouble = crowd.Trouble };
    }

    /// <summary>Time for the server to come to rest; its pings are answered.</summary>
    private void Wait(double seconds)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds;)
            crowd.Turn(20);
    }
}
