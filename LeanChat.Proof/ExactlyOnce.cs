using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LeanChat.Proof;

/// <summary>A line that is cut, stands still or lies: every message is stored once and shown once.</summary>
internal static class ExactlyOnce
{
    public static readonly Claim Claim = new(
        "exactly-once", "Every message is stored once and shown once, whatever the line does", TryAsync,
        new("fresh-ids", "a client gives a retry a new client_id", IsQuick: true),
        new("trusts-the-line", "a client takes a frame that it could send for one that was stored"),
        new("line-repeats", "the line says twice what the server said once"),
        new("line-swallows", "the line loses a part and goes on"));

    public static readonly Claim Resume = new(
        "resume", "Who comes back is told exactly what was missed, 0 to 10,000 messages, while others go on", ResumeAsync,
        new("resumes-late", "a client asks from one seq too late"),
        new("resumes-early", "a client asks from one seq too early", IsQuick: true));

    private static async Task TryAsync(Trial trial)
    {
        await using var server = new Server(Server.Unlimited);
        await server.StartAsync();
        var chance = trial.Chance();
        await using var proxy = new Proxy(server.Port, () => NextFate(trial, chance));
        var count = trial.Of(20, 50);
        var clients = await Crowd.GatherAsync(
            trial, server, count, new ClientHabits(proxy.Port, trial.Of(500, 10_000) / count, 3, 10, 0.2, TimeSpan.FromMilliseconds(700)));

        using var stop = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();
        await Crowd.FinishAsync(
            trial, Task.WhenAll(clients.Select(client => client.LiveAsync(stop.Token))), stop,
            trial.IsLong ? TimeSpan.FromMinutes(9) : TimeSpan.FromSeconds(60));
        trial.Figure("seconds", (int)clock.Elapsed.TotalSeconds);
        trial.Figure("sends", clients.Sum(client => client.Made));
        trial.Figure("lines cut", $"{proxy.Cuts} ({100 * proxy.Cuts / Math.Max(1, clients.Sum(client => client.Made))} per 100 sends)");
        trial.Figure("sockets", clients.Sum(client => client.Lines));
        trial.Figure("polls", clients.Sum(client => client.Polls));
        trial.Check(
            proxy.Cuts * 10 >= clients.Sum(client => client.Made) * 3,
            "Fewer than 30 lines in 100 sends were cut: the trial proves nothing.");
        await Crowd.SettleAsync(trial, server, clients);
    }

    /// <summary>The handshake and the first words are some 600 bytes either way, a message some 150 up and 350 down: a line
    /// lives for one or two.</summary>
    private static Fate NextFate(Trial trial, Random chance)
    {
        lock (chance)
        {
            if (trial.Has("line-repeats"))
                return new Fate(Manner.Twice, true, long.MaxValue);
            var isUp = chance.Next(2) == 0;
            var after = chance.Next(1, isUp ? 600 : 1000);
            if (trial.Has("line-swallows"))
                return new Fate(Manner.Swallow, isUp, after);
            return chance.Next(10) switch
            {
                < 5 => new Fate(Manner.Reset, isUp, after),
                < 7 => new Fate(Manner.Hangup, isUp, after),
                7 => new Fate(Manner.Stall, isUp, after, TimeSpan.FromMilliseconds(chance.Next(50, 1500))),
                _ => new Fate(Manner.HalfOpen, isUp, after),
            };
        }
    }

    private static async Task ResumeAsync(Trial trial)
    {
        await using var server = new Server(Server.Unlimited);
        await server.StartAsync();
        var (token, chatId, _) = await server.ArriveAsync();
        var stored = trial.Of(600, 10_000);
        await FillAsync(server.Port, token, stored);

        var chance = trial.Chance();
        var ends = new StrongBox<bool>();
        var writers = Enumerable.Range(0, 3).Select(each => WriteAsync(server.Port, token, $"w{each}", ends)).ToArray();
        var faults = 0;
        var readers = new List<Task<(long From, List<(long Seq, string Id)> Heard)>>();
        for (var each = 0; each < trial.Of(30, 200); each++)
        {
            var from = each == 0 ? 0 : each == 1 ? stored : chance.Next(stored + 1);
            readers.Add(ReadAsync(trial, server.Port, token, from, stored + 20));
            await Task.Delay(chance.Next(20));
        }

        var heard = await Task.WhenAll(readers);
        ends.Value = true;
        var written = (await Task.WhenAll(writers)).Sum();
        await server.StopAsync();

        using var connection = Ledger.Open(server.File);
        using var command = connection.CreateCommand();
        command.CommandText =
            "select seq, id from support_messages where chat = (select row from support_chats where id = @chat) order by seq";
        command.Parameters.AddWithValue("@chat", chatId);
        using var rows = command.ExecuteReader();
        var truth = new List<(long Seq, string Id)>();
        while (rows.Read())
            truth.Add((rows.GetInt64(0), rows.GetString(1)));
        foreach (var (from, messages) in heard)
        {
            if (!messages.SequenceEqual(truth.Skip((int)from).Take(messages.Count)))
            {
                faults++;
                trial.Fault($"A reader from {from} was told {messages.Count} messages that are not the database's next ones.");
            }
        }

        trial.Check(written > trial.Of(10, 50), "Hardly anything was written meanwhile: the trial proves nothing.");
        trial.Figure("returns", heard.Length);
        trial.Figure("messages told", heard.Sum(each => each.Heard.Count));
        trial.Figure("written meanwhile", written);
        trial.Figure("transcripts wrong", faults);
    }

    private static async Task FillAsync(int port, string token, int count)
    {
        using var line = await Line.JoinAsync(port, token);
        await line.HearAsync("ready");
        for (var each = 1; each <= count; each++)
        {
            await line.SayAsync(Line.Message($"message {each}", $"f{each}"));
            // A hundred under way at a time: more would fill the mailbox.
            if (each % 100 == 0 || each == count)
            {
                while ((long)(await line.HearAsync("new_message"))!["message"]!["seq"]! < each)
                {
                }
            }
        }
    }

    private static async Task<int> WriteAsync(int port, string token, string name, StrongBox<bool> ends)
    {
        using var line = await Line.JoinAsync(port, token);
        await line.HearAsync("ready");
        for (var each = 1; ; each++)
        {
            await line.SayAsync(Line.Message($"{name} {each}", $"{name}-{each}"));
            while (await line.HearAsync("new_message") is { } heard && (string?)heard["message"]!["client_id"] != $"{name}-{each}")
            {
            }

            if (ends.Value)
                return each;
            await Task.Delay(2);
        }
    }

    /// <summary>A machine that is at its end says who one is too late: then one comes again, as any client does.</summary>
    private static async Task<Line> LetInAsync(int port, string token, long after, CancellationToken stop)
    {
        while (true)
        {
            var line = await Line.JoinAsync(port, token, after, stop: stop);
            if (await line.HearAsync("ready", stop) is not null || line.CloseCode != 4408)
                return line;
            line.Dispose();
        }
    }

    private static async Task<(long From, List<(long Seq, string Id)> Heard)> ReadAsync(
        Trial trial, int port, string token, long from, long until)
    {
        var asked = trial.Has("resumes-late") ? from + 1 : trial.Has("resumes-early") ? Math.Max(0, from - 1) : from;
        var heard = new List<(long, string)>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var line = await LetInAsync(port, token, asked, patience.Token);
        while (await line.HearAsync("new_message", patience.Token) is { } frame)
        {
            heard.Add(((long)frame["message"]!["seq"]!, (string)frame["message"]!["id"]!));
            if (heard[^1].Item1 >= until)
                return (from, heard);
        }

        trial.Fault($"A reader from {from} was cut off with {line.CloseCode} after {heard.Count} messages.");
        return (from, heard);
    }
}
