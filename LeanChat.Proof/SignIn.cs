using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>What an attempt to sign in tells, and what many of them cost.</summary>
internal static class SignIn
{
    public static readonly Claim Claim = new(
        "sign-in", "A known and an unknown account take the same time, and a flood of sign-ins leaves the server to its users", TryAsync,
        new Defect("tells", "the unknown account is asked for with a body that is no sign-in", IsQuick: true));

    private static async Task TryAsync(Trial trial)
    {
        await using (var server = new Server([.. Server.Unlimited, "Limits:LoginsPerQuarterHour=0"]))
        {
            await server.StartAsync();
            await server.SetUpAsync();
            var (known, unknown) = (new List<double>(), new List<double>());
            for (var each = 0; each < trial.Of(5, 60); each++)
            {
                known.Add(await TryOnceAsync(trial, server, "mia@example.com", 401));
                unknown.Add(await TryOnceAsync(
                    trial, server, trial.Has("tells") ? null : $"nobody{each}@example.com", trial.Has("tells") ? 400 : 401));
            }

            // The quickest of many: whatever else runs on this machine only ever adds.
            var (one, other) = (Crowd.Percentile(known, 0.2), Crowd.Percentile(unknown, 0.2));
            trial.Figure("a known account, ms", $"{one:0.0}");
            trial.Figure("an unknown one, ms", $"{other:0.0}");
            trial.Check(
                Math.Max(one, other) / Math.Min(one, other) < trial.Of(180, 115) / 100.0, $"They take {one:0.0} and {other:0.0} ms.");
        }

        if (trial.IsSettled)
            return;
        await using var flooded = new Server(Server.Unlimited);
        await flooded.StartAsync();
        await flooded.SetUpAsync();
        var clock = Stopwatch.StartNew();
        var before = flooded.Cpu;
        var answers = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();
        var length = TimeSpan.FromSeconds(trial.Of(3, 20));
        var (token, _, _) = await flooded.ArriveAsync();
        var slowest = 0.0;
        var flood = Task.WhenAll(Enumerable.Range(0, trial.Of(8, 32)).Select(async worker =>
        {
            for (var each = 0; clock.Elapsed < length; each++)
            {
                // From ever new addresses, as our proxy would tell them, at ever new accounts.
                var answer = await flooded.AskAsync(
                    HttpMethod.Post,
                    "/admin/login",
                    new JsonObject { ["email"] = $"n{worker}-{each}@example.com", ["password"] = "wrong" },
                    ("Origin", flooded.Origin),
                    ("X-Forwarded-For", $"10.{worker}.{each / 250}.{each % 250}"));
                answers.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
                if (trial.IsSettled)
                    return;
                if (answer.Status is 429 or 503)
                    await Task.Delay(20);
            }
        }));
        while (!flood.IsCompleted)
        {
            var since = Stopwatch.GetTimestamp();
            var said = await flooded.AsUserAsync(
                HttpMethod.Post, "/support_chat/messages", token, new JsonObject { ["content"] = "meanwhile" });
            trial.Check(said.Status == 201, $"Meanwhile a user was answered with {said.Status}.");
            slowest = Math.Max(slowest, Crowd.Milliseconds(since));
            await Task.Delay(50);
        }

        await flood;
        var share = (flooded.Cpu - before) / clock.Elapsed / Environment.ProcessorCount;
        trial.Figure("sign-ins in the flood", string.Join(", ", answers.Select(each => $"{each.Key} {each.Value}×")));
        trial.Figure("CPU of the machine, %", (int)(share * 100));
        trial.Figure("slowest answer to a user meanwhile, ms", (int)slowest);
        trial.Check(slowest < 5000, $"A user waited {slowest:0} ms.");
        trial.Check(share <= 0.3 || !trial.IsLong, $"The flood cost {share:0%} of the machine.");
    }

    private static async Task<double> TryOnceAsync(Trial trial, Server server, string? email, int expected)
    {
        var since = Stopwatch.GetTimestamp();
        var answer = await server.AsAdminAsync(
            HttpMethod.Post,
            "/admin/login",
            null,
            email is null ? new JsonObject { ["email"] = 1 } : new JsonObject { ["email"] = email, ["password"] = "wrong horse battery" });
        var took = Crowd.Milliseconds(since);
        trial.Check(answer.Status == expected, $"Signing in was answered with {answer.Status}.");
        return took;
    }
}
