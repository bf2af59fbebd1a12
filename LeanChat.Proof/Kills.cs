namespace LeanChat.Proof;

/// <summary>kill -9 at random moments under fifty clients.</summary>
internal static class Kills
{
    public static readonly Claim Claim = new(
        "kills", "kill -9 loses nothing that was acknowledged and doubles nothing", TryAsync,
        new("fresh-ids", "a client gives a retry a new client_id"),
        new("trusts-the-line", "a client takes a frame that it could send for one that was stored"));

    private static async Task TryAsync(Trial trial)
    {
        await using var server = new Server(Server.Unlimited);
        await server.StartAsync();
        var clients = await Crowd.GatherAsync(
            trial, server, 50, new ClientHabits(server.Port, int.MaxValue, 4, trial.Of(60, 150), 0.1, TimeSpan.FromSeconds(2)));
        using var stop = new CancellationTokenSource();
        var living = Task.WhenAll(clients.Select(client => client.LiveAsync(stop.Token)));
        var chance = trial.Chance();
        var ready = new List<double>();
        var kills = trial.Of(8, 200);
        var each = 0;
        for (; each < kills && !trial.IsSettled; each++)
        {
            // Soon after the start as well: while everybody comes back.
            await Task.Delay(chance.Next(3) == 0 ? chance.Next(50) : chance.Next(trial.Of(500, 1200)));
            server.Kill();
            ready.Add((await server.StartAsync()).TotalMilliseconds);
        }

        await Task.Delay(300);
        await stop.CancelAsync();
        await living;
        trial.Figure("kills", each);
        trial.Figure("ready after, ms", $"median {Crowd.Percentile(ready, 0.5):0}, slowest {ready.Max():0}");
        trial.Figure("sockets", clients.Sum(client => client.Lines));
        trial.Figure("polls", clients.Sum(client => client.Polls));
        await Crowd.SettleAsync(trial, server, clients);
    }
}
