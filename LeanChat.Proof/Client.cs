using System.Text.Json.Nodes;
using LeanChat.Chats;
using LeanChat.Mail;

namespace LeanChat.Proof;

/// <summary>
/// A user's client as the contract wants it: an outbox whose messages keep their `client_id` until the echo comes, `after` on every
/// return, sockets or polling. It writes down what it was told, and notes whatever must not be.
/// </summary>
internal sealed class Client(Trial trial, Server server, int number, ClientHabits habits)
{
    public const string Website = "https://shop.example";

    private readonly Random _chance = trial.Chance(number + 1);
    private readonly Lock _gate = new();
    private readonly LinkedList<(string ClientId, string Content, long SentAt)> _outbox = new();

    /// <summary>How often each message was sent again. A stored one is answered each time, besides being heard in its place.</summary>
    private readonly Dictionary<string, int> _retries = [];
    private long _told;
    private int _made;

    public string Token { get; private set; } = "";

    public string ChatId { get; private set; } = "";

    /// <summary>Every message shown, by seq.</summary>
    public SortedDictionary<long, (string Id, string? ClientId, string Content)> Transcript { get; } = [];

    /// <summary>What the server has acknowledged: content by its seq.</summary>
    public Dictionary<string, long> Acknowledged { get; } = [];

    /// <summary>Lines opened, each after the first a return.</summary>
    public int Lines { get; private set; }

    public int Polls { get; private set; }

    public int Made => _made;

    public bool IsDone
    {
        get
        {
            lock (_gate)
                return _made >= habits.Quota && _outbox.Count == 0;
        }
    }

    public async Task ArriveAsync() => (Token, ChatId, _) = await server.ArriveAsync();

    /// <summary>Lives until it has said all and heard that it is stored, or until it is stopped.</summary>
    public async Task LiveAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !IsDone)
        {
            try
            {
                if (_chance.NextDouble() < habits.Polling)
                    await PollAsync(stop);
                else
                    await TalkAsync(stop);
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or HttpRequestException
                or OperationCanceledException or InvalidDataException or System.Text.Json.JsonException or FormatException)
            {
                // The line broke, was cut or stood still: that is the trial. What it delivered has been checked already.
                if (e is InvalidDataException or System.Text.Json.JsonException or FormatException)
                    trial.Fault($"Client {number} heard what nobody could read: {e.Message}");
            }

            // Back-off with jitter, short: a trial has no time for the contract's seconds.
            await Task.Delay(_chance.Next(5, 40), CancellationToken.None);
        }
    }

    /// <summary>Comes back once more for all it has not heard yet.</summary>
    public async Task CatchUpAsync(int port)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var line = await Line.JoinAsync(port, Token, _told, stop: patience.Token);
        var ready = await line.HearAsync("ready", patience.Token);
        for (var newest = (long?)ready?["seq"] ?? -1; _told < newest;)
        {
            if (await line.HearAsync("new_message", patience.Token) is not { } frame)
            {
                trial.Fault($"Client {number}: the resume ended at {_told} of {newest} with {line.CloseCode}.");
                return;
            }

            Hear(frame["message"]!);
        }
    }

    private async Task TalkAsync(CancellationToken stop)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var line = await WithinAsync(
            habits.Patience,
            token => Line.JoinAsync(
                habits.Port,
                Token,
                trial.Has("resumes-late") ? _told + 1 : trial.Has("resumes-early") ? Math.Max(0, _told - 1) : _told,
                stop: token),
            stop);
        Lines++;
        if (await WithinAsync(habits.Patience, token => line.HearAsync("ready", token), stop) is null)
            return;
        // All that waits goes out again under its own ids, then what is new.
        foreach (var waiting in Outbox())
            await SendAsync(line, waiting.ClientId, waiting.Content, ends.Token);
        var sending = SendLoopAsync(line, ends);
        try
        {
            while (!IsDone)
            {
                if (await WithinAsync(habits.Patience, line.HearAsync, ends.Token) is not { } frame)
                    break;
                if ((string?)frame["type"] == "new_message")
                    Hear(frame["message"]!);
                else if ((string?)frame["type"] == "error")
                    Refused(frame);
                else if ((string?)frame["type"] == "going_away")
                    break;
                if (IsStale())
                    break;
            }
        }
        finally
        {
            await ends.CancelAsync();
            await sending;
        }

        if (IsDone)
            await line.SendAsync(Line.Frame(Line.Close, [0x03, 0xE8]), stop);
    }

    /// <summary>Waiting for longer than patience allows, although the line may well bring other things.</summary>
    private bool IsStale()
    {
        lock (_gate)
            return _outbox.First is { } first && Environment.TickCount64 - first.Value.SentAt > habits.Patience.TotalMilliseconds * 2;
    }

    private async Task SendLoopAsync(Line line, CancellationTokenSource ends)
    {
        try
        {
            while (!ends.IsCancellationRequested)
            {
                if (Next() is var (clientId, content))
                    await SendAsync(line, clientId, content, ends.Token);
                await Task.Delay(_chance.Next(habits.PauseAtMost + 1), ends.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The line ended: what was not acknowledged waits in the outbox.
        }
    }

    private async Task SendAsync(Line line, string clientId, string content, CancellationToken stop)
    {
        await line.SendAsync(
            Line.TextFrame(Line.Message(content, trial.Has("fresh-ids") ? Guid.NewGuid().ToString("N") : clientId).ToJsonString()), stop);
        if (trial.Has("trusts-the-line"))
            Acknowledge(content, -1);
    }

    private async Task PollAsync(CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{habits.Port}"),
            Timeout = habits.Patience,
        };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Origin", Website);
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + Token);
        for (var each = 0; each < 3; each++)
        {
            Polls++;
            _ = Next();
            foreach (var waiting in Outbox())
            {
                using var body = new StringContent(
                    Line.Message(waiting.Content, trial.Has("fresh-ids") ? Guid.NewGuid().ToString("N") : waiting.ClientId).ToJsonString(),
                    System.Text.Encoding.UTF8,
                    "application/json");
                using var posted = await http.PostAsync(new Uri("/support_chat/messages", UriKind.Relative), body, stop);
                if ((int)posted.StatusCode is 200 or 201)
                    Acknowledge(waiting.Content, (long)JsonNode.Parse(await posted.Content.ReadAsStringAsync(stop))!["seq"]!);
                else if ((int)posted.StatusCode is not (429 or 503 or 507))
                    trial.Fault($"Client {number} was refused by {(int)posted.StatusCode}.");
            }

            var text = await http.GetStringAsync(new Uri($"/support_chat/messages?after={_told}", UriKind.Relative), stop);
            foreach (var message in JsonNode.Parse(text)!.AsArray())
                Hear(message!);
        }
    }

    private (string, string)? Next()
    {
        lock (_gate)
        {
            if (_made >= habits.Quota || _outbox.Count >= habits.Window)
                return null;
            var content = $"c{number}-{++_made:000000}";
            _outbox.AddLast((content, content, Environment.TickCount64));
            return (content, content);
        }
    }

    private List<(string ClientId, string Content)> Outbox()
    {
        lock (_gate)
        {
            var all = _outbox.Select(each => (each.ClientId, each.Content)).ToList();
            for (var each = _outbox.First; each is not null; each = each.Next)
            {
                each.Value = each.Value with { SentAt = Environment.TickCount64 };
                _retries[each.Value.ClientId] = _retries.GetValueOrDefault(each.Value.ClientId) + 1;
            }

            return all;
        }
    }

    private void Hear(JsonNode message)
    {
        var (seq, id, clientId, content) = (
            (long)message["seq"]!, (string)message["id"]!, (string?)message["client_id"], (string)message["content"]!);
        if (seq <= _told && IsAnswerToRetry(seq, id, clientId))
            return;
        if (seq != _told + 1)
        {
            trial.Fault($"Client {number} was told {seq} after {_told}.");
            if (Transcript.TryGetValue(seq, out var before) && before.Id != id)
                trial.Fault($"Client {number} was told {seq} as {before.Content} and later as {content}.");
            if (seq <= _told)
                return;
        }

        Transcript[seq] = (id, clientId, content);
        _told = seq;
        if ((string?)message["sender_type"] == "user")
            Acknowledge(content, seq);
    }

    /// <summary>The same message once more, because it was sent once more.</summary>
    private bool IsAnswerToRetry(long seq, string id, string? clientId)
    {
        if (clientId is null || !Transcript.TryGetValue(seq, out var before) || before.Id != id)
            return false;
        lock (_gate)
            return _retries.GetValueOrDefault(clientId) is > 0 and var left && (_retries[clientId] = left - 1) >= 0;
    }

    private void Acknowledge(string content, long seq)
    {
        lock (_gate)
        {
            for (var each = _outbox.First; each is not null; each = each.Next)
            {
                if (each.Value.Content == content)
                {
                    _outbox.Remove(each);
                    break;
                }
            }

            if (!Acknowledged.TryAdd(content, seq) && Acknowledged[content] != seq && seq >= 0 && Acknowledged[content] >= 0)
                trial.Fault($"{content} was acknowledged as {Acknowledged[content]} and as {seq}.");
        }
    }

    private void Refused(JsonObject frame)
    {
        if ((string?)frame["code"] is not ("overloaded" or "storage_full" or "too_many_requests"))
            trial.Fault($"Client {number} was refused: {frame.ToJsonString()}");
    }

    private static async Task<T> WithinAsync<T>(TimeSpan patience, Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ends.CancelAfter(patience);
        return await work(ends.Token);
    }
}

/// <summary>How a client behaves.</summary>
/// <param name="Port">Where it dials: the server or a proxy before it.</param>
/// <param name="Quota">Messages it wants to say.</param>
/// <param name="Window">Messages under way at a time.</param>
/// <param name="PauseAtMost">Milliseconds between two messages, at most.</param>
/// <param name="Polling">The share of its visits in which it polls.</param>
/// <param name="Patience">How long it waits for anything before it dials again.</param>
internal sealed record ClientHabits(int Port, int Quota, int Window, int PauseAtMost, double Polling, TimeSpan Patience);
