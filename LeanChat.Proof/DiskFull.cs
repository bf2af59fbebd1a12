using System.Text.Json.Nodes;
using LeanChat.Storage;

namespace LeanChat.Proof;

/// <summary>The disk is full, also from one moment to the next in the middle of a commit.</summary>
internal static class DiskFull
{
    public static readonly Claim Claim = new(
        "disk-full",
        "On a full disk nothing is acknowledged or announced that is not stored; "
        + "reading goes on, and there is no need of a restart afterwards",
        TryAsync,
        new Defect("never-full", "the disk is not full at all", IsQuick: true),
        new Defect("announces-early", "a listener is told of a message before its commit, which then fails"),
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
        var clients = await Crowd.GatherAsync(
            trial, server, 20, new ClientHabits(server.Port, int.MaxValue, 3, 30, 0.2, TimeSpan.FromSeconds(2)));
        var (reader, readerChat, _) = await server.ArriveAsync();
        await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", reader, new JsonObject { ["content"] = "before" });
        // Whoever listens is told after the commit: another tab of the same person, the chat in the dashboard, the dashboard's list.
        var admin = await server.SetUpAsync();
        string[] asAdmin = ["Origin: " + server.Origin, "Cookie: leanchat_admin=" + admin];
        using var tab = await Line.JoinAsync(server.Port, reader);
        using var desk = await Line.KnockAsync(server.Port, $"/ws/chat?as=admin&chat_id={readerChat}", asAdmin);
        using var list = await Line.KnockAsync(server.Port, "/ws/admin", asAdmin);
        var heard = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var listening = ((Line[])[tab, desk, list]).Select(line => ListenAsync(line, heard)).ToArray();
        using var speaker = await Line.JoinAsync(server.Port, reader);
        await speaker.HearAsync("ready");
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
            var posted = await server.AsUserAsync(
                HttpMethod.Post, "/support_chat/messages", reader, new JsonObject { ["content"] = "full" });
            refusals += posted is { Status: 507, Error: "storage_full" } ? 1 : 0;
            trial.Check(posted is { Status: 507, Error: "storage_full" }, $"Full, it answered {posted.Status} {posted.Text}");
            await speaker.SayAsync(Line.Message("full", $"full-{each}"));
            using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15)))
            {
                var refused = await speaker.HearAsync("error", patience.Token);
                trial.Check(
                    (string?)refused?["code"] == "storage_full", $"Full, a socket was told {refused?.ToJsonString()} {speaker.CloseCode}");
            }

            if (trial.Has("announces-early"))
                heard.Enqueue("""{"type":"new_message","message":{"content":"full"}}""");
            var read = await server.AsUserAsync(HttpMethod.Get, "/support_chat/messages?after=0", reader);
            trial.Check(
                read.Status == 200 && read.Text.Contains("before", StringComparison.Ordinal),
                $"Full, a read was answered with {read.Status}.");
            var health = await server.AskAsync(HttpMethod.Get, "/healthz");
            unhealthy += health.Status == 503 ? 1 : 0;
            trial.Check(health.Status == 503, $"Full, /healthz says {health.Status}.");
            shadow.FullAtLogWrite = 0;
            shadow.IsFull = false;
            var again = await server.AsUserAsync(
                HttpMethod.Post, "/support_chat/messages", reader, new JsonObject { ["content"] = "after" });
            trial.Check(again.Status == 201, $"With room again it answered {again.Status} {again.Text}");
            trial.Check((await server.AskAsync(HttpMethod.Get, "/healthz")).Status == 200, "With room again /healthz is not 200.");
        }

        await Task.Delay(300);
        await stop.CancelAsync();
        await living;
        // The last word reaches every listener; what they heard of before is then all there was.
        await server.AsUserAsync(HttpMethod.Post, "/support_chat/messages", reader, new JsonObject { ["content"] = "the last word" });
        for (var since = Environment.TickCount64; heard.Count(frame => frame.Contains("the last word", StringComparison.Ordinal)) < 3
            && Environment.TickCount64 - since < 15_000;)
            await Task.Delay(20);
        trial.Check(
            heard.Count(frame => frame.Contains("the last word", StringComparison.Ordinal)) >= 3,
            "Not every listener heard the last word: their silence proves nothing.");
        trial.Check(
            !heard.Any(frame => frame.Contains("\"full\"", StringComparison.Ordinal)),
            "A listener was told of a message that was refused.");
        trial.Figure("frames heard by three listeners", heard.Count);
        trial.Figure("times full", times);
        trial.Figure("storage_full", refusals);
        trial.Figure("/healthz 503", unhealthy);
        trial.Check(
            Ledger.Count(server.File, "select count(*) from support_messages where content = 'full'") == 0, "A refused message is stored.");
        await server.StopAsync();
        await server.StartAsync();
        foreach (var client in clients)
            await client.CatchUpAsync(server.Port);
        await server.StopAsync();
        if (trial.Has("forgets"))
            Ledger.Run(server.File, "delete from support_messages where seq = 3");
        Ledger.Audit(trial, server, clients);
        await Task.WhenAll(listening);
    }

    private static async Task ListenAsync(Line line, System.Collections.Concurrent.ConcurrentQueue<string> heard)
    {
        try
        {
            while (await line.HearAsync() is { } frame)
                heard.Enqueue(frame.ToJsonString());
        }
        catch (IOException)
        {
            // The server has gone, at the end of the trial.
        }
    }
}
