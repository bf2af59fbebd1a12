using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>The disk is full, also from one moment to the next in the middle of a commit.</summary>
internal static class DiskFull
{
    public static readonly Claim Claim = new(
        "disk-full", "On a full disk nothing is acknowledged that is not stored; reading goes on, and there is no need of a restart afterwards", TryAsync,
        new Defect("never-full", "the disk is not full at all"),
        new Defect("forgets", "what was stored before is taken away"));

    private static async Task TryAsync(Trial trial)
    {
        if (!Shadow.IsPossible)
        {
            trial.Skip("no C compiler");
            return;
        }

        await using var server = new Server(Server.Unlimited);
        using var shadow = new Shadow(server);
        shadow.Begin();
        await server.StartAsync();
        var chance = trial.Chance();
        var clients = await Crowd.GatherAsync(trial, server, 20, new ClientHabits(server.Port, int.MaxValue, 3, 30, 0.2, TimeSpan.FromSeconds(2)));
        var (reader, _, _) = await server.ArriveAsync();
        await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", reader, new JsonObject { ["content"] = "before" });
        using var stop = new CancellationTokenSource();
        var living = Task.WhenAll(clients.Select(client => client.LiveAsync(stop.Token)));
        var times = trial.Of(5, 100);
        var (refusals, unhealthy) = (0, 0);
        for (var each = 0; each < times; each++)
        {
            await Task.Delay(chance.Next(200));
            // At any write of the log: its frame's header, its page, the first of a commit or the last.
            if (!trial.Has("never-full"))
                shadow.FullAtLogWrite = chance.Next(1, 60);
            for (var since = Environment.TickCount64; !shadow.IsFull && Environment.TickCount64 - since < 3000 && !trial.Has("never-full");)
                await Task.Delay(5);
            var posted = await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", reader, new JsonObject { ["content"] = "full" });
            refusals += posted is { Status: 507, Error: "storage_full" } ? 1 : 0;
            trial.Check(posted is { Status: 507, Error: "storage_full" }, $"Full, it answered {posted.Status} {posted.Text}");
            var read = await server.AsUserAsync(HttpMethod.Get, "/support_chat/messages", reader);
            trial.Check(read.Status == 200 && read.Text.Contains("before", StringComparison.Ordinal), $"Full, a read was answered with {read.Status}.");
            var health = await server.AskAsync(HttpMethod.Get, "/healthz");
            unhealthy += health.Status == 503 ? 1 : 0;
            trial.Check(health.Status == 503, $"Full, /healthz says {health.Status}.");
            shadow.FullAtLogWrite = 0;
            shadow.IsFull = false;
            var again = await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", reader, new JsonObject { ["content"] = "after" });
            trial.Check(again.Status == 201, $"With room again it answered {again.Status} {again.Text}");
            trial.Check((await server.AskAsync(HttpMethod.Get, "/healthz")).Status == 200, "With room again /healthz is not 200.");
        }

        await Task.Delay(300);
        await stop.CancelAsync();
        await living;
        trial.Figure("times full", times);
        trial.Figure("storage_full", refusals);
        trial.Figure("/healthz 503", unhealthy);
        trial.Check(Ledger.Count(server.File, "select count(*) from support_messages where content = 'full'") == 0, "A refused message is stored.");
        await server.StopAsync();
        await server.StartAsync();
        foreach (var client in clients)
            await client.CatchUpAsync(server.Port);
        await server.StopAsync();
        if (trial.Has("forgets"))
            Ledger.Count(server.File, "delete from support_messages where seq = 3; select 0");
        Ledger.Audit(trial, server, clients);
    }
}
