using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>Webhooks on their way when the server dies.</summary>
internal static class Webhooks
{
    private const int Chats = 3;
    private const int EachChat = 3;

    public static readonly Claim Claim = new(
        "webhooks",
        "Killed at any step of a request, it tells every event at least once, under the same id, in the order of its chat",
        KilledAsync,
        new Defect("forgets", "the program throws the first event of a chat away"),
        new Defect("fresh-ids", "an event comes under another id each time", IsQuick: true),
        new Defect("out-of-order", "the program hears the second event of a chat before the first"));

    private static readonly string[] Steps = ["CONNECT", "HEAD", "BODY", "ANSWERED"];

    /// <summary>More than the time after which an event that was tried is due again.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static async Task KilledAsync(Trial trial)
    {
        if (!Shadow.IsPossible)
        {
            trial.Skip("no C compiler");
            return;
        }

        using var ears = new HookEars();
        await using var server = new Server([.. Server.Unlimited, "Webhooks:AllowPrivate=true"]);
        using var shadow = new Shadow(server);
        shadow.Begin();
        await server.StartAsync();
        var admin = await server.SetUpAsync();
        await server.AsAdminAsync(
            HttpMethod.Post, "/admin/webhooks", admin,
            new JsonObject { ["url"] = ears.Url, ["events"] = new JsonArray("message.created") });
        var (kills, told) = (0, new Dictionary<string, List<string>>());
        for (var round = 0; round < trial.Of(1, 40) && !trial.IsSettled; round++)
        {
            foreach (var step in Steps)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                ears.At = now =>
                {
                    if (now != step || !reached.TrySetResult())
                        return !reached.Task.IsCompleted;
                    server.Kill();
                    return false;
                };
                await SayAsync(server, $"{step} {round}", told);
                if (!trial.Check(
                    await Task.WhenAny(reached.Task, Task.Delay(Patience)) == reached.Task, $"No event came as far as {step}."))
                    return;
                kills++;
                await server.EndedAsync(Patience);
                ears.At = static _ => true;

                // By its own clock some time has gone when it is started again.
                shadow.Clock = Later * kills;
                await server.StartAsync();
                await CheckAsync(trial, ears, told, step);
            }
        }

        trial.Figure("kills", kills);
        trial.Figure("events", told.Values.Sum(words => words.Count));
        trial.Figure("events more than once, under one id", ears.Heard.GroupBy(each => each.Id).Count(copies => copies.Count() > 1));
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
    }

    /// <summary>Some visitors say some things. What was acknowledged is noted; the last ones meet a server that is dead.</summary>
    private static async Task SayAsync(Server server, string what, Dictionary<string, List<string>> told)
    {
        try
        {
            for (var chat = 0; chat < Chats; chat++)
            {
                var (token, chatId, _) = await server.ArriveAsync();
                told[chatId] = [];
                for (var number = 1; number <= EachChat; number++)
                {
                    var words = $"{what} {number}";
                    var answer = await server.AsUserAsync(
                        HttpMethod.Post, "/support_chat/messages", token, new JsonObject { ["content"] = words });
                    if (answer.Status == 201)
                        told[chatId].Add(words);
                }
            }
        }
        catch (HttpRequestException)
        {
            // It was killed meanwhile.
        }
    }

    private static async Task CheckAsync(Trial trial, HookEars ears, Dictionary<string, List<string>> told, string step)
    {
        var missing = told.Sum(each => each.Value.Count);
        for (var until = DateTime.UtcNow + Patience; missing > 0 && DateTime.UtcNow < until; await Task.Delay(20))
            missing = told.Sum(each => each.Value.Except(WordsOf(trial, ears, each.Key)).Count());
        trial.Check(missing == 0, $"Killed at {step}, {missing} events were lost.");
        foreach (var (chat, words) in told)
        {
            var heard = WordsOf(trial, ears, chat);
            trial.Check(
                heard.Distinct().Where(words.Contains).SequenceEqual(words.Where(heard.Contains)),
                $"Killed at {step}, a chat was told in another order: {string.Join(", ", heard)}");
            trial.Check(
                heard.Zip(heard.Skip(1)).All(pair => string.CompareOrdinal(pair.First, pair.Second) <= 0),
                $"Killed at {step}, an event came again after a later one: {string.Join(", ", heard)}");
        }

        foreach (var copies in ears.Heard.Select((each, at) => (each.Chat, each.Words, Id: each.Id + (trial.Has("fresh-ids") ? at : "")))
            .GroupBy(each => (each.Chat, each.Words)))
            trial.Check(copies.Select(each => each.Id).Distinct().Count() == 1, $"Killed at {step}, an event came under several ids.");
    }

    /// <summary>What was heard of a chat, in its order.</summary>
    private static List<string> WordsOf(Trial trial, HookEars ears, string chat)
    {
        var words = ears.Heard.Where(each => each.Chat == chat).Select(each => each.Words).ToList();
        if (trial.Has("forgets") && words.Count > 0)
            words.RemoveAll(each => each.EndsWith(" 1", StringComparison.Ordinal));
        if (trial.Has("out-of-order"))
            words.Reverse();
        return words;
    }
}
