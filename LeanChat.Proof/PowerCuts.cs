namespace LeanChat.Proof;

/// <summary>The power goes: only what was synced is there afterwards.</summary>
internal static class PowerCuts
{
    public static readonly Claim Claim = new(
        "power", "A power cut loses nothing that was acknowledged", TryAsync,
        new Defect("no-sync", "an fsync of the log does nothing, which is what synchronous=NORMAL makes of a commit", IsQuick: true));

    public static readonly Claim Birth = new(
        "birth", "Killed, or without power, at every step of its first start it leaves no database or a whole one", BirthAsync,
        new Defect("torn", "a half-written file lies where the database should", IsQuick: true));

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
        // A disk takes its time: much is then written and not synced whenever the power goes.
        shadow.SlowSync = 5000;
        await server.StartAsync();
        var clients = await Crowd.GatherAsync(
            trial, server, 50, new ClientHabits(server.Port, int.MaxValue, 4, trial.Of(60, 100), 0.1, TimeSpan.FromSeconds(2)));
        using var stop = new CancellationTokenSource();
        var living = Task.WhenAll(clients.Select(client => client.LiveAsync(stop.Token)));
        var chance = trial.Chance();
        var lost = 0L;
        var cuts = trial.Of(6, 100);
        var each = 0;
        for (; each < cuts && !trial.IsSettled; each++)
        {
            await Task.Delay(chance.Next(3) == 0 ? chance.Next(50) : chance.Next(trial.Of(500, 1200)));
            server.Kill();
            lost += shadow.CutPower(chance, trial.Has("no-sync") ? "-wal" : null);
            shadow.Begin();
            await server.StartAsync();
        }

        await Task.Delay(300);
        await stop.CancelAsync();
        await living;
        trial.Check(lost > 0 || !trial.IsLong, "Nothing unsynced was taken away: the trial proves nothing.");
        trial.Figure("power cuts", each);
        trial.Figure("unsynced bytes taken away", lost);
        await Crowd.SettleAsync(trial, server, clients);
    }

    private static async Task BirthAsync(Trial trial)
    {
        if (!Shadow.IsPossible)
        {
            trial.Skip("no C compiler");
            return;
        }

        await using var server = new Server();
        using var shadow = new Shadow(server);
        shadow.Begin();
        await server.StartAsync();
        var steps = shadow.Operations;
        server.Kill();
        var chance = trial.Chance();
        var (tried, unborn) = (0, 0);
        for (var step = 1L; step <= steps && !trial.IsSettled; step += trial.Of((int)Math.Max(1, steps / 3), 1))
        {
            foreach (var file in Directory.GetFiles(server.Data))
                File.Delete(file);
            shadow.Begin();
            shadow.KillAt = step;
            var (code, _, _) = await server.StartInVainAsync();
            trial.Check(code is 137 or 9 or -1, $"It was to be killed at step {step} and ended with {code}.");
            server.Kill();
            if (tried % 2 == 1)
                shadow.CutPower(chance);
            if (trial.Has("torn"))
                await File.WriteAllTextAsync(server.File, "SQLite format 3\0 and then nothing");
            unborn += File.Exists(server.File) ? 0 : 1;
            shadow.KillAt = 0;
            shadow.Begin();
            try
            {
                await server.StartAsync();
                await server.ArriveAsync();
            }
            catch (InvalidOperationException e)
            {
                // That it starts is the claim.
                trial.Fault(
                    $"Killed at step {step} of its birth it did not start again: "
                    + $"{e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1]}");
            }

            server.Kill();
            tried++;
        }

        trial.Figure("steps of a first start", steps);
        trial.Figure("killed at", tried);
        trial.Figure("left no database yet", unborn);
    }
}
