using System.Diagnostics;

namespace LeanChat.Proof;

/// <summary>Many clients at once, until all is said.</summary>
internal static class Crowd
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<List<Client>> GatherAsync(Trial trial, Server server, int count, ClientHabits habits)
    {
        var clients = Enumerable.Range(0, count).Select(number => new Client(trial, server, number, habits)).ToList();
        foreach (var client in clients)
            await client.ArriveAsync();
        return clients;
    }

    /// <summary>Waits until every client has said all and heard that it is stored; a fault if that takes for ever.</summary>
    public static async Task FinishAsync(Trial trial, Task living, CancellationTokenSource stop, TimeSpan? patience = null)
    {
        for (var clock = Stopwatch.StartNew(); !living.IsCompleted && !trial.IsSettled;)
        {
            if (clock.Elapsed > (patience ?? Patience))
            {
                trial.Fault("Not all clients came to their end.");
                break;
            }

            await Task.WhenAny(living, Task.Delay(100));
        }

        await stop.CancelAsync();
        await living;
    }

    /// <summary>Everybody comes back for what is missing; then the server stops and the books are compared.</summary>
    public static async Task SettleAsync(Trial trial, Server server, List<Client> clients)
    {
        // What they had under way when they were stopped is stored or not by the time that the server has ended.
        await server.StopAsync();
        await server.StartAsync();
        foreach (var client in clients)
            await client.CatchUpAsync(server.Port);
        await server.StopAsync();
        Ledger.Audit(trial, server, clients);
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
    }

    /// <summary>The value below which that share of all lies.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
    }

    public static double Milliseconds(long since) => Stopwatch.GetElapsedTime(since).TotalMilliseconds;
}
