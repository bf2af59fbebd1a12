using System.Globalization;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>The wall clock jumps while people talk.</summary>
internal static class ClockJumps
{
    public static readonly Claim Claim = new(
        "clock", "Whatever the clock does, seq has no gap and created_at rises with it", TryAsync,
        new Defect("clock-stuck", "the clock does not jump, which must be noticed", IsQuick: true));

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
        var clients = await Crowd.GatherAsync(
            trial, server, 10, new ClientHabits(server.Port, int.MaxValue, 2, 20, 0.2, TimeSpan.FromSeconds(2)));
        using var stop = new CancellationTokenSource();
        var living = Task.WhenAll(clients.Select(client => client.LiveAsync(stop.Token)));
        var (jumps, seen) = (0, 0);
        TimeSpan[] all =
        [
            TimeSpan.FromHours(1), TimeSpan.Zero, TimeSpan.FromHours(-1), TimeSpan.FromDays(1), TimeSpan.FromMilliseconds(-3),
            TimeSpan.FromDays(-1), TimeSpan.Zero,
        ];
        for (var round = 0; round < trial.Of(1, 20); round++)
        {
            foreach (var to in trial.IsSettled ? [] : all)
            {
                shadow.Clock = trial.Has("clock-stuck") ? TimeSpan.Zero : to;
                // Somebody new has no earlier message to be later than: their first one tells what the server takes for now.
                var (token, _, _) = await server.ArriveAsync();
                var said = await server.AsUserAsync(
                    HttpMethod.Post, "/support_chat/messages", token, new JsonObject { ["content"] = "What time is it?" });
                var told = DateTimeOffset.Parse((string)said.Json!["created_at"]!, CultureInfo.InvariantCulture);
                jumps++;
                seen += trial.Check(
                    (told - DateTimeOffset.UtcNow - to).Duration() < TimeSpan.FromMinutes(1),
                    $"The clock was set by {to} and the server takes {told:O} for now.") ? 1 : 0;
                await Task.Delay(trial.Of(150, 300));
            }
        }

        await stop.CancelAsync();
        await living;
        trial.Figure("jumps", jumps);
        trial.Figure("jumps seen by the server", seen);
        await Crowd.SettleAsync(trial, server, clients);
    }
}
