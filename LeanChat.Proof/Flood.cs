using System.Diagnostics;
using System.Text.Json.Nodes;
using LeanChat.Storage;

namespace LeanChat.Proof;

/// <summary>More than it can do, and readers that do not read.</summary>
internal static class Flood
{
    public static readonly Claim Overload = new(
        "overload", "At three times what it can do every message is answered or refused in words, and nothing else", OverloadAsync,
        new Defect("trusts-the-line", "a client takes a frame that it could send for one that was stored"));

    public static readonly Claim Stuck = new(
        "slow-readers",
        "Readers that stand still cost little, are gone soon, disturb nobody, and miss nothing when they come back", StuckAsync,
        new Defect("awake", "the readers read"));

    private static async Task OverloadAsync(Trial trial)
    {
        if (!Shadow.IsPossible)
        {
            trial.Skip("no C compiler");
            return;
        }

        // A slow disk makes a small machine of any: what it can do is then known and soon outdone.
        await using var server = new Server([.. Server.Unlimited, "Limits:MailboxFrames=20000", "Limits:MailboxBytes=100000000"]);
        using var shadow = new Shadow(server);
        shadow.Begin();
        await server.StartAsync();
        // Each socket has one write under way: more sockets than writes may wait, all at once, are too many.
        var count = trial.Of(150, 12_000);
        var each = trial.Of(6, 3);
        var users = new List<(string Token, string ChatId)>();
        for (var user = 0; user < count; user++)
        {
            var (token, chatId, _) = await server.ArriveAsync();
            users.Add((token, chatId));
        }

        if (trial.IsLong)
            trial.Figure("writes that may wait", 10_000);
        shadow.SlowSync = trial.Of(200_000, 2_000_000);
        var before = server.Memory;
        var clock = Stopwatch.StartNew();
        var results = await Task.WhenAll(users.Select(user => PourAsync(trial, server.Port, user.Token, each)));
        var took = clock.Elapsed;
        shadow.SlowSync = 0;
        trial.Figure("messages poured", count * each);
        trial.Figure("answered", results.Sum(result => result.Answered.Count));
        trial.Figure("refused in words", results.Sum(result => result.Refused));
        trial.Figure("lines closed with 1013 or 4410", results.Count(result => result.Code is 1013 or 4410));
        trial.Figure("neither", results.Where(result => result.Code == 0).Sum(result => each - result.Answered.Count - result.Refused));
        trial.Figure("memory, MB more", (server.Memory - before) / 1_048_576);
        trial.Figure("seconds", (int)took.TotalSeconds);
        trial.Check(results.Any(result => result.Refused > 0) || !trial.IsLong, "Nothing was refused: the trial proves nothing.");
        trial.Check(
            results.All(result => result.Code is 0 or 1013 or 4410),
            "A line ended with " + string.Join(", ", results.Select(result => result.Code).Distinct()));
        trial.Check(
            results.Where(result => result.Code == 0).All(result => result.Answered.Count + result.Refused == each),
            "A message was neither answered nor refused.");
        var after = await server.AsUserAsync(
            HttpMethod.Post, "/support_chat/messages", users[0].Token, new JsonObject { ["content"] = "after" });
        trial.Check(after.Status == 201, $"Afterwards it answered {after.Status}.");
        await server.StopAsync();
        using var connection = Ledger.Open(server.File);
        var lost = 0;
        for (var user = 0; user < count; user++)
        {
            using var command = connection.CreateCommand();
            command.CommandText =
                "select client_id from support_messages where chat = (select row "
                + "from support_chats where id = @chat) and client_id is not null";
            command.Parameters.AddWithValue("@chat", users[user].ChatId);
            using var rows = command.ExecuteReader();
            var stored = new HashSet<string>();
            while (rows.Read())
                stored.Add(rows.GetString(0));
            lost += results[user].Answered.Count(id => !stored.Contains(id));
        }

        trial.Figure("answered and lost", lost);
        trial.Check(lost == 0, $"{lost} answered messages are not stored.");
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
    }

    /// <summary>Says everything as fast as the line takes it, and counts what comes back. Code 0: the line held.</summary>
    private static async Task<(HashSet<string> Answered, int Refused, int Code)> PourAsync(Trial trial, int port, string token, int count)
    {
        var (answered, refused) = (new HashSet<string>(), 0);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(100));
        try
        {
            using var line = await Line.JoinAsync(port, token, stop: patience.Token);
            await line.HearAsync("ready", patience.Token);
            var pouring = Task.Run(
                async () =>
                {
                    for (var each = 0; each < count; each++)
                        await line.SayAsync(Line.Message("x", "p" + each), patience.Token);
                },
                patience.Token);
            while (answered.Count + refused < count && await line.HearAsync(patience.Token) is { } frame)
            {
                if ((string?)frame["type"] == "new_message")
                    answered.Add((string)frame["message"]!["client_id"]!);
                else if ((string?)frame["type"] == "error"
                    && trial.Check((string?)frame["code"] == "overloaded", "Refused: " + frame.ToJsonString()))
                    refused++;
            }

            if (answered.Count + refused < count)
                return (answered, refused, line.CloseCode);
            await pouring;
            if (trial.Has("trusts-the-line"))
                answered.Add("p-never-stored");
            return (answered, refused, 0);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return (answered, refused, 1006);
        }
    }

    private static async Task StuckAsync(Trial trial)
    {
        await using var server = new Server(
            [.. Server.Unlimited, "Limits:ContentLength=0", $"Limits:WriteTime=00:00:{trial.Of(3, 10):00}"]);
        await server.StartAsync();
        var admin = await server.SetUpAsync();
        var (token, chatId, _) = await server.ArriveAsync();
        var count = trial.Of(40, 200);
        var rate = trial.Of(200, 400);
        // Long ones: what the line itself holds is then soon full.
        var content = new string('x', 20_000);

        // Others talk in a chat of their own all the while, at first with the same posts and nobody stuck.
        var calm = TalkAsync(server, TimeSpan.FromSeconds(trial.Of(1, 15)));
        var before = 0L;
        while (!calm.IsCompleted)
        {
            await PostAsync();
            before = Math.Max(before, server.Memory);
        }

        var first = await calm;
        var stuck = new List<Line>();
        for (var each = 0; each < count; each++)
        {
            var line = await Line.JoinAsync(server.Port, token, receiveBuffer: 4096);
            await line.HearAsync("ready");
            stuck.Add(line);
        }

        var reading = trial.Has("awake") ? Task.WhenAll(stuck.Select(line => line.ClosedAsync())) : Task.CompletedTask;
        var others = TalkAsync(server, TimeSpan.FromSeconds(trial.Of(12, 25)));
        var (most, gone, posted) = (0L, -1.0, 0);
        var clock = Stopwatch.StartNew();
        while (!others.IsCompleted)
        {
            posted += await PostAsync();
            most = Math.Max(most, server.Memory - before);
            if (gone < 0 && await SocketsAsync(server) <= 2)
                gone = clock.Elapsed.TotalSeconds;
        }

        var busy = await others;
        trial.Figure("stuck readers", count);
        trial.Figure("messages said to them", posted);
        trial.Figure("gone after, s", gone < 0 ? "never" : gone.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture));
        trial.Figure("memory, MB more at most", most / 1_048_576);
        trial.Figure(
            "others' echo p99, ms", $"{Crowd.Percentile(first, 0.99):0.0} with nobody stuck, {Crowd.Percentile(busy, 0.99):0.0} meanwhile");
        trial.Check(gone is >= 0 and < 20, $"The stuck readers were gone after {gone:0.0} s.");
        trial.Check(most < 64 << 20 || !trial.IsLong, $"{most / 1_048_576} MB more.");
        trial.Check(
            Crowd.Percentile(busy, 0.99) <= 2 * Math.Max(Crowd.Percentile(first, 0.99), 5) || !trial.IsLong, "The others had to wait.");
        foreach (var line in stuck)
            line.Dispose();
        await reading;

        // Coming back they miss nothing.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var back = await Line.JoinAsync(server.Port, token, 0, stop: patience.Token);
        var newest = (long)(await back.HearAsync("ready", patience.Token))!["seq"]!;
        for (var seq = 1L; seq <= newest; seq++)
        {
            var heard = await back.HearAsync("new_message", patience.Token);
            if (!trial.Check((long?)heard?["message"]!["seq"] == seq, $"Back again, {heard?["message"]?["seq"]} came instead of {seq}."))
                break;
        }

        trial.Figure("told on return", newest);
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));

        async Task<int> PostAsync()
        {
            var posting = Enumerable.Range(0, rate / 20).Select(_ => server.AsAdminAsync(
                HttpMethod.Post, $"/admin/chats/{chatId}/messages", admin, new JsonObject { ["content"] = content })).ToList();
            await Task.WhenAll(posting);
            await Task.Delay(40, CancellationToken.None);
            return posting.Count(each => each.Result.Status == 201);
        }
    }

    /// <summary>Ten people who each wait for their echo; the time of every echo in milliseconds.</summary>
    private static async Task<List<double>> TalkAsync(Server server, TimeSpan duration)
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            var times = new List<double>();
            using var patience = new CancellationTokenSource(duration + TimeSpan.FromSeconds(30));
            using var line = await Line.JoinAsync(server.Port, (await server.ArriveAsync()).Token, stop: patience.Token);
            await line.HearAsync("ready", patience.Token);
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < duration)
            {
                var since = Stopwatch.GetTimestamp();
                await line.SayAsync(Line.Message("hello", "t" + times.Count), patience.Token);
                await line.HearAsync("new_message", patience.Token);
                times.Add(Crowd.Milliseconds(since));
                await Task.Delay(50, patience.Token);
            }

            return times;
        }));
        return [.. all.SelectMany(times => times)];
    }

    private static async Task<int> SocketsAsync(Server server)
    {
        var text = (await server.AskAsync(HttpMethod.Get, "/metrics")).Text;
        var line = text.Split('\n').First(each => each.StartsWith("leanchat_sockets", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) - 10;
    }
}
