using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>An hour like any other: people come, talk and go.</summary>
internal static class Soak
{
    public static readonly Claim Claim = new(
        "soak", "However many come, talk and go: memory, handles and threads stay where they were", TryAsync,
        new Defect("never-leaves", "some of those who have gone hold on to their line", IsQuick: true));

    private const int Together = 40;

    private static async Task TryAsync(Trial trial)
    {
        await using var server = new Server([.. Server.Unlimited, "Limits:Sockets=100", "Limits:SocketsPerAddress=100"]);
        await server.StartAsync();
        var admin = await server.SetUpAsync();
        var people = new List<(string Token, string ChatId)>();
        for (var person = 0; person < trial.Of(40, 400); person++)
        {
            var (token, chatId, _) = await server.ArriveAsync();
            people.Add((token, chatId));
        }

        var duration = TimeSpan.FromSeconds(trial.Of(4, 3600));
        var pause = duration / trial.Of(8, 60);
        var (chance, stay, samples) = (trial.Chance(), new List<Line>(), new List<(long Memory, int Handles, long Threads)>());
        var (visits, said) = (0L, 0L);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        // On a slow machine it takes longer: the quarters must have something to compare.
        while (clock.Elapsed < duration || samples.Count < 8)
        {
            for (var until = clock.Elapsed + pause; clock.Elapsed < until;)
            {
                var coming = Enumerable.Range(0, Together).Select(_ => people[chance.Next(people.Count)]).ToList();
                var holdOn = trial.Has("never-leaves");
                var lines = await Task.WhenAll(coming.Select((person, each) => VisitAsync(
                    server.Port, person.Token, $"{visits + each}", hangsUp: each % 4 > 0, holdOn && each < 3)));
                stay.AddRange(lines.OfType<Line>());
                await server.AsAdminAsync(
                    HttpMethod.Post, $"/admin/chats/{coming[0].ChatId}/messages", admin, new JsonObject { ["content"] = "An answer" });
                await server.AsAdminAsync(HttpMethod.Get, "/admin/chats", admin);
                // Like people, not like a flood.
                await Task.Delay(200);
                visits += Together;
                said += (2 * Together) + 1;
            }

            // All have gone: what is left is the server's own.
            var sockets = -1;
            for (var until = clock.Elapsed + TimeSpan.FromSeconds(5); sockets != stay.Count && clock.Elapsed < until; await Task.Delay(50))
                sockets = int.Parse(
                    (await server.AskAsync(HttpMethod.Get, "/metrics")).Text.Split('\n')
                        .First(each => each.StartsWith("leanchat_sockets", StringComparison.Ordinal)).Split(' ')[^1],
                    System.Globalization.CultureInfo.InvariantCulture);
            trial.Check(sockets == stay.Count, $"{sockets} sockets are open after all but {stay.Count} have gone.");
            samples.Add((server.Memory, server.Handles, server.Threads));
            if (trial.IsLong)
                Console.WriteLine(
                    $"  {clock.Elapsed:hh\\:mm\\:ss}  {visits} visits, {samples[^1].Memory >> 20} MB, "
                    + $"{samples[^1].Handles} handles, {samples[^1].Threads} threads");
        }

        var (early, late) = (samples[(samples.Count / 4)..(samples.Count / 2)], samples[^(samples.Count / 4)..]);
        var (memory, handles, threads) = (
            Median(late, each => each.Memory) - Median(early, each => each.Memory),
            Median(late, each => each.Handles) - Median(early, each => each.Handles),
            Median(late, each => each.Threads) - Median(early, each => each.Threads));
        trial.Figure("visits", visits);
        trial.Figure("messages", said);
        trial.Figure(
            "memory, MB",
            $"{Median(early, each => each.Memory) >> 20} in the second quarter, {Median(late, each => each.Memory) >> 20} in the last");
        trial.Figure("handles", $"{Median(early, each => each.Handles)}, {Median(late, each => each.Handles)}");
        trial.Figure("threads", $"{Median(early, each => each.Threads)}, {Median(late, each => each.Threads)}");
        trial.Check(memory < trial.Of(48, 16) << 20, $"{memory >> 20} MB more.");
        trial.Check(handles <= 10, $"{handles} handles more.");
        trial.Check(threads <= 4 || !trial.IsLong, $"{threads} threads more.");
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
        foreach (var line in stay)
            line.Dispose();
    }

    /// <summary>Comes, says two things, hears them back, and goes: by hanging up, or without a word. Null, unless it stays.</summary>
    private static async Task<Line?> VisitAsync(int port, string token, string name, bool hangsUp, bool stays)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var line = await Line.JoinAsync(port, token, stop: patience.Token);
        await line.HearAsync("ready", patience.Token);
        for (var each = 0; each < 2; each++)
        {
            var id = $"{name}-{each}";
            await line.SayAsync(Line.Message("Something like an ordinary sentence of an ordinary length.", id), patience.Token);
            while (await line.HearAsync("new_message", patience.Token) is { } heard && (string?)heard["message"]!["client_id"] != id)
            {
            }
        }

        if (stays)
            return line;
        if (hangsUp)
        {
            await line.SendAsync(Line.Frame(Line.Close, [0x03, 0xE8]), patience.Token);
            await line.ClosedAsync(patience.Token);
            line.Dispose();
        }
        else
        {
            line.Vanish();
        }

        return null;
    }

    private static long Median(
        List<(long Memory, int Handles, long Threads)> samples, Func<(long Memory, int Handles, long Threads), long> figure) =>
        samples.Select(figure).Order().ElementAt(samples.Count / 2);
}
