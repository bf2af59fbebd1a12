using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>SIGTERM under many sockets: everybody is told, and every accepted frame is answered or not carried out.</summary>
internal static class Restart
{
    public static readonly Claim Claim = new(
        "restart", "A restart tells every socket so, answers what it has accepted, and is over within five seconds", TryAsync,
        new Defect("killed", "the server is killed instead of stopped", IsQuick: true));

    private static async Task TryAsync(Trial trial)
    {
        await using var server = new Server(Server.Unlimited);
        await server.StartAsync();
        var count = trial.Of(150, 1000);
        var lines = new List<(Line Line, string Token, string ChatId)>();
        var ends = new List<Task<(bool Told, int Code, int Answered)>>();
        var everybody = new TaskCompletionSource();
        try
        {
            for (var each = 0; each < count; each++)
            {
                var (token, chatId, _) = await server.ArriveAsync();
                var line = await Line.JoinAsync(server.Port, token);
                if (!trial.Check(await line.HearAsync("ready") is not null, "A socket was not let in."))
                    return;
                lines.Add((line, token, chatId));
                // From now on it answers the server's pings. Every tenth talks once all are there, until it is told to go.
                ends.Add(ListenAsync(line, talks: each % 10 == 0, everybody.Task));
            }

            trial.Figure("still there when it begins", ends.Count(end => !end.IsCompleted));
            everybody.SetResult();
            await Task.Delay(trial.Of(300, 1000));
            TimeSpan took;
            int code;
            if (trial.Has("killed"))
            {
                server.Kill();
                (code, took) = (137, TimeSpan.Zero);
            }
            else
            {
                (code, took) = await server.StopAsync();
            }

            var ended = await Task.WhenAll(ends);
            trial.Figure("sockets", count);
            trial.Figure("told going_away", ended.Count(end => end.Told));
            trial.Figure("closed with 1012", ended.Count(end => end.Code == 1012));
            trial.Figure("exit after, ms", (int)took.TotalMilliseconds);
            trial.Check(code == 0, $"It ended with {code}.");
            trial.Check(took < TimeSpan.FromSeconds(5), $"It took {took.TotalSeconds:0.0} s to end.");
            trial.Check(ended.All(end => end.Told), $"{ended.Count(end => !end.Told)} sockets were not told.");
            trial.Check(ended.All(end => end.Code == 1012), $"{ended.Count(end => end.Code != 1012)} sockets were not closed with 1012.");

            // What was answered is stored, and what is stored was answered: nothing half done.
            var (answered, stored, unanswered) = (0, 0L, 0L);
            using var connection = Ledger.Open(server.File);
            for (var each = 0; each < lines.Count; each++)
            {
                using var command = connection.CreateCommand();
                command.CommandText = "select count(*) from support_messages where chat = (select row from support_chats where id = @chat)";
                command.Parameters.AddWithValue("@chat", lines[each].ChatId);
                var rows = (long)command.ExecuteScalar()!;
                answered += ended[each].Answered;
                stored += rows;
                unanswered += Math.Abs(rows - ended[each].Answered);
            }

            trial.Figure("messages answered", answered);
            trial.Figure("stored without an answer, or the reverse", unanswered);
            trial.Check(answered > 0, "Nobody said anything: the trial proves nothing.");
            trial.Check(unanswered == 0, $"{unanswered} messages were stored without an answer, or answered and not stored.");
            trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
        }
        finally
        {
            foreach (var (line, _, _) in lines)
                line.Dispose();
        }
    }

    private static async Task<(bool Told, int Code, int Answered)> ListenAsync(Line line, bool talks, Task everybody)
    {
        var (told, answered, said) = (false, 0, 0);
        using var patience = new CancellationTokenSource();
        try
        {
            var begun = BeginAsync();
            while (await line.HearAsync(patience.Token) is { } frame)
            {
                told |= (string?)frame["type"] == "going_away";
                if ((string?)frame["type"] != "new_message")
                    continue;
                answered++;
                var text = (++said).ToString(System.Globalization.CultureInfo.InvariantCulture);
                await line.SayAsync(Line.Message(text, text), patience.Token);
            }

            await begun;
            if (line.CloseCode != 1006)
                await line.SendAsync(Line.Frame(Line.Close, [0x03, 0xF4]), patience.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The line broke: told by the code that is missing.
        }

        return (told, line.CloseCode, answered);

        async Task BeginAsync()
        {
            await everybody;
            patience.CancelAfter(TimeSpan.FromSeconds(30));
            if (talks)
                await line.SayAsync(Line.Message("0", "0"), patience.Token);
        }
    }
}
