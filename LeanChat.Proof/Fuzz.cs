using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LeanChat.Chats;

namespace LeanChat.Proof;

/// <summary>Mutated frames, JSON texts and HTTP requests: nothing breaks, and who behaves is not disturbed.</summary>
internal static class Fuzz
{
    /// <summary>Frames to a socket: few live for more, since three bad ones end it.</summary>
    private const int Burst = 5;

    /// <summary>A request that is whole is answered sooner, on any machine that is not at its end.</summary>
    private static readonly TimeSpan MightBeAnswered = TimeSpan.FromMilliseconds(60);

    /// <summary>What once broke something, kept beside the program; tried first, for ever.</summary>
    private const long MostMemory = 32 << 20;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private static readonly string Broken = Path.Combine(AppContext.BaseDirectory, "broken");

    public static readonly Claim Frames = new(
        "fuzz-frames", "No mutated frame or JSON text ends the server, fails unhandled or disturbs others",
        trial => RunAsync(trial, "frames", FramesAsync),
        new Defect("dies", "the server ends in the middle", IsQuick: true),
        new Defect("stands-still", "the server is stopped for a while"));

    public static readonly Claim Http = new(
        "fuzz-http", "No mutated HTTP request ends the server, fails unhandled or disturbs others",
        trial => RunAsync(trial, "http", HttpAsync),
        new Defect("dies", "the server ends in the middle"));

    /// <summary>Fuzzes a server, beside somebody who means well.</summary>
    internal static async Task RunAsync(
        Trial trial, string kind, Func<Trial, Server, string, Suspects, Task> fuzz, params string[] settings)
    {
        await using var server = new Server([.. Server.Unlimited, .. settings]);
        await server.StartAsync();
        var (token, _, _) = await server.ArriveAsync();
        // Warm: the pools and the code that a first thousand needs are no leak.
        await fuzz(new Trial(false, trial.Seed + 1), server, token, new Suspects());
        var before = server.Memory;
        var suspects = new Suspects();
        using var stop = new CancellationTokenSource();
        var talking = new TaskCompletionSource();
        var healthy = BehaveAsync(trial, server, talking, stop.Token);
        await talking.Task;
        if (trial.Has("dies"))
            server.Kill();
        if (trial.Has("stands-still"))
            _ = StandStillAsync(server.Pid);
        try
        {
            await fuzz(trial, server, token, suspects);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // Nobody there any more: told below.
            trial.Fault("The server does not answer: " + e.Message);
        }

        await stop.CancelAsync();
        var (said, slowest) = await healthy;
        // What was thrown away is not lost: it goes back to the machine once it is quiet.
        var (grown, at) = (Grown(), Grown());
        for (var until = DateTime.UtcNow + Quiet; grown >= MostMemory && DateTime.UtcNow < until; await Task.Delay(100))
            grown = Grown();
        long Grown() => server.IsRunning ? server.Memory - before : 0;
        trial.Figure("meanwhile a healthy client said", said);
        trial.Figure("slowest echo, ms", (int)slowest);
        trial.Figure("memory, MB more", $"{at / 1_048_576} at once, {grown / 1_048_576} at rest");
        trial.Check(server.IsRunning, "The server has ended.");
        trial.Check(slowest < 5000, $"A healthy client waited {slowest:0} ms for an echo.");
        trial.Check(grown < MostMemory, $"{grown / 1_048_576} MB more.");
        trial.Check(server.Complaints.Count == 0, "The log complains: " + string.Join(" | ", server.Complaints));
        if (trial.Faults.Count > 0)
            await suspects.SaveAsync(trial, kind);
    }

    /// <summary>Somebody who means well: one message at a time, each echo waited for.</summary>
    private static async Task<(int Said, double Slowest)> BehaveAsync(
        Trial trial, Server server, TaskCompletionSource talking, CancellationToken stop)
    {
        var (said, slowest) = (0, 0.0);
        try
        {
            using var patience = new CancellationTokenSource();
            using var line = await Line.JoinAsync(server.Port, (await server.ArriveAsync()).Token, stop: patience.Token);
            await line.HearAsync("ready", patience.Token);
            while (!stop.IsCancellationRequested)
            {
                patience.CancelAfter(TimeSpan.FromSeconds(20));
                var since = System.Diagnostics.Stopwatch.GetTimestamp();
                await line.SayAsync(Line.Message($"healthy {++said}", $"h{said}"), patience.Token);
                var heard = await line.HearAsync("new_message", patience.Token);
                if (!trial.Check((long?)heard?["message"]!["seq"] == said, $"A healthy client was closed with {line.CloseCode}."))
                    break;
                slowest = Math.Max(slowest, Crowd.Milliseconds(since));
                talking.TrySetResult();
                await Task.Delay(20, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or HttpRequestException
            or OperationCanceledException)
        {
            // Whoever behaves must not lose the line.
            trial.Fault("A healthy client lost its line: " + e.Message);
        }
        finally
        {
            talking.TrySetResult();
        }

        return (said, slowest);
    }

    private static async Task StandStillAsync(int pid)
    {
        await Server.SignalAsync(pid, "STOP");
        await Task.Delay(TimeSpan.FromSeconds(7));
        await Server.SignalAsync(pid, "CONT");
    }

    // Frames and JSON.

    private static async Task FramesAsync(Trial trial, Server server, string token, Suspects suspects)
    {
        var total = trial.Of(10_000, 1_000_000);
        var sent = 0;
        var (closes, answers) = (0L, 0L);
        foreach (var saved in Saved("frames"))
            await SendBurstAsync(server.Port, token, saved, trial);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async worker =>
        {
            var chance = trial.Chance(worker);
            while (Interlocked.Add(ref sent, Burst) <= total + (Burst * 8) && !trial.IsSettled)
            {
                var burst = Enumerable.Range(0, Burst).SelectMany(_ => MutateFrame(chance, Texts)).ToArray();
                suspects.Remember(worker, burst);
                var (heard, code) = await SendBurstAsync(server.Port, token, burst, trial);
                Interlocked.Add(ref answers, heard);
                if (code != 0)
                    Interlocked.Increment(ref closes);
            }
        }));
        trial.Figure("frames and texts", Math.Min(sent, total));
        trial.Figure("answers", answers);
        trial.Figure("sockets closed for it", closes);
    }

    /// <summary>Sends it on a line of its own, then hangs up; answers how many frames came back and the close code, 0 for none.</summary>
    private static async Task<(int Heard, int Code)> SendBurstAsync(int port, string token, byte[] burst, Trial trial)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var heard = 0;
        try
        {
            using var line = await Line.JoinAsync(port, token, stop: patience.Token);
            if (await line.HearAsync("ready", patience.Token) is null)
                return (0, line.CloseCode);
            await line.SendAsync(burst, patience.Token);
            // A close in the middle of what was begun is a breach as well: it ends everything but a frame that claims more.
            await line.SendAsync(Line.Frame(Line.Close, [0x03, 0xE8]), patience.Token);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
            enough.CancelAfter(TimeSpan.FromMilliseconds(300));
            try
            {
                while (await line.HearAsync(enough.Token) is not null)
                    heard++;
                return (heard, line.CloseCode);
            }
            catch (OperationCanceledException) when (!patience.IsCancellationRequested)
            {
                // It waits for the rest of a frame: as it should. We hang up as a crash would.
                line.Vanish();
                return (heard, 0);
            }
        }
        catch (IOException)
        {
            // Reset by the server before all was read.
            return (heard, 1006);
        }
        catch (OperationCanceledException)
        {
            // Neither answer nor close in all that time.
            trial.Fault("The server stood still for 15 s.");
            return (heard, 0);
        }
    }

    internal static byte[] MutateFrame(Random chance, string[] texts)
    {
        var text = Encoding.UTF8.GetBytes(MutateJson(chance, texts));
        var opcode = chance.Next(80) switch
        {
            0 => Line.Binary,
            < 5 => Line.Ping,
            < 8 => Line.Pong,
            8 => Line.Continuation,
            9 => (byte)chance.Next(16),
            _ => Line.Text,
        };
        if (opcode is Line.Ping or Line.Pong && chance.Next(4) != 0)
            text = text[..Math.Min(text.Length, 125)];
        var frame = Line.Frame(
            opcode,
            text,
            final: chance.Next(30) != 0,
            masked: chance.Next(100) != 0,
            reserved: (byte)(chance.Next(100) == 0 ? chance.Next(8) : 0),
            claimed: chance.Next(150) == 0 ? (ulong)chance.NextInt64() >> chance.Next(64) : null);
        return chance.Next(25) == 0 ? Flip(chance, frame) : frame;
    }

    private static readonly string[] Texts =
    [
        """{"action":"send_message","content":"Hello","client_id":"c1"}""", """{"action":"ping"}""", """{"action":"typing"}""",
        """{"action":"mark_read"}""",
        """{"action":"auth","token":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","after":3}""",
        """{"action":"page","url":"https://shop.example/a?b#c","title":"Größe 👋","referrer":"https://x.example","""
        + """ "locale":"de-DE","time_zone":"Europe/Berlin"}""",
    ];

    private static readonly string[] Odd =
    [
        "null", "true", "-1", "1e999", "1.5", "9223372036854775808", "-0", "\"\"", "[]", "{}", "\"\\ud800\"", "\"\\u0000\"",
        "\"\\udc00\\ud800\"", "\"\u202e\"", "[[[[[[[[]]]]]]]]", "{\"a\":{\"a\":{\"a\":1}}}", "\"\\x\"", "'a'", "NaN", "\uFEFF", "/**/",
        "\"" + new string('x', 70) + "\"", "\"👋\"", "\"' or 1=1 --\"", "\"%00%n%s\"", "\"../../etc/passwd\"", "\"<script>\"",
    ];

    private static string MutateJson(Random chance, string[] texts)
    {
        var text = texts[chance.Next(texts.Length)];
        for (var each = chance.Next(4); each > 0; each--)
        {
            var at = chance.Next(text.Length + 1);
            var length = Math.Min(text.Length - at, chance.Next(1, 12));
            text = chance.Next(8) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, text.Substring(at, length)),
                2 => text.Insert(at, Odd[chance.Next(Odd.Length)]),
                3 => text.Replace(chance.Next(2) == 0 ? "\"Hello\"" : "\"c1\"", Odd[chance.Next(Odd.Length)], StringComparison.Ordinal),
                4 => text[..at],
                5 => text.Insert(at, ((char)chance.Next(0xD800)).ToString()),
                6 => text.Replace("{", "{\"x\":" + new string('[', chance.Next(200)), StringComparison.Ordinal),
                _ => text.Replace(
                    "content",
                    ((string[])["Content", "content\\u0000", "action", "client_id", "\\u0063ontent"])[chance.Next(5)],
                    StringComparison.Ordinal),
            };
            if (text.Length == 0)
                break;
        }

        return text.Length > 3000 ? text[..3000] : text;
    }

    // HTTP.

    private static async Task HttpAsync(Trial trial, Server server, string token, Suspects suspects)
    {
        var total = trial.Of(2_000, 200_000);
        var sent = 0;
        var (answers, failures) = (new System.Collections.Concurrent.ConcurrentDictionary<int, int>(), 0);
        foreach (var saved in Saved("http"))
            await AskAsync(server.Port, saved, false, trial);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async worker =>
        {
            var chance = trial.Chance(1000 + worker);
            while (Interlocked.Increment(ref sent) <= total && !trial.IsSettled)
            {
                var request = MutateRequest(chance, token, server.Port);
                suspects.Remember(worker, request);
                var status = await AskAsync(server.Port, request, chance.Next(10) == 0, trial);
                answers.AddOrUpdate(status, 1, (_, count) => count + 1);
                if (status is 500)
                {
                    Interlocked.Increment(ref failures);
                    trial.Fault("500 for " + Convert.ToBase64String(request));
                    suspects.Accuse(request);
                }
            }
        }));
        trial.Figure("requests", Math.Min(sent, total));
        trial.Figure("answered with", string.Join(", ", answers.OrderByDescending(each => each.Value).Select(
            each => $"{(each.Key switch { 0 => "a hang-up", -1 => "patience", _ => each.Key })} {each.Value}×").Take(12)));
        trial.Figure("500s", failures);
    }

    /// <summary>The status of the answer; 0 when there was none.</summary>
    private static async Task<int> AskAsync(int port, byte[] request, bool vanishes, Trial trial)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        using var line = await Line.DialAsync(port, stop: patience.Token);
        try
        {
            await line.SendAsync(request, patience.Token);
            if (vanishes)
            {
                line.Vanish();
                return 0;
            }

            // What waits for more than it gets is not answered: then we hang up as a crash would.
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
            var reading = line.ReadHeadAsync(enough.Token);
            if (await Task.WhenAny(reading, Task.Delay(MightBeAnswered, patience.Token)) == reading)
                return await reading;
            await enough.CancelAsync();
            line.Vanish();
            return -1;
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            // Reset by the server, which had heard enough.
            return 0;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            trial.Fault("The server stood still for 15 s on " + Convert.ToBase64String(request));
            return 0;
        }
    }

    private static readonly (string Method, string Path, string Body)[] Requests =
    [
        ("GET", "/support_chat", ""), ("GET", "/support_chat/messages?after=0&limit=50", ""),
        ("GET", "/support_chat/messages?since=2026-11-22T09:19:49.414Z", ""), ("PATCH", "/support_chat/mark_read", ""),
        ("POST", "/support_chat/messages", """{"content":"Hello","client_id":"c1"}"""),
        ("POST", "/api/support-chat/identify", """{"email":"a@b.example","name":"A"}"""),
        ("POST", "/support_chat/identify", """{"token":"eyJhbGciOiJIUzI1NiJ9.e30.AAAA"}"""),
        ("POST", "/support_chat/open", """{"key":"AAAA"}"""), ("OPTIONS", "/support_chat", ""),
        ("POST", "/admin/login", """{"email":"a@b.example","password":"x"}"""), ("GET", "/admin/chats?q=a&cursor=x", ""),
        ("GET", "/admin/me", ""),
        ("GET", "/widget.js", ""), ("GET", "/", ""), ("GET", "/chat", ""), ("GET", "/admin", ""), ("GET", "/healthz", ""),
        ("GET", "/unsubscribe?token=x", ""), ("POST", "/unsubscribe?token=x", "List-Unsubscribe=One-Click"),
        ("GET", "/ws/chat?chat_id=x&after=1", ""), ("GET", "/metrics", ""), ("GET", "/support_chat/events?after=1", ""),
        ("GET", "/admin/events", ""), ("GET", "/cable", ""), ("GET", "/app/key?protocol=7", ""),
        ("GET", "/socket.io/?EIO=4&transport=polling", ""), ("POST", "/pusher/auth", "socket_id=1.2&channel_name=private-support-chat-x"),
        ("OPTIONS", "/broadcasting/auth", ""),
    ];

    private static byte[] MutateRequest(Random chance, string token, int port)
    {
        var (method, path, body) = Requests[chance.Next(Requests.Length)];
        if (body.Length > 0 && chance.Next(2) == 0)
            body = chance.Next(3) == 0 ? MutateJson(chance, Texts) : Spoil(chance, body);
        if (chance.Next(3) == 0)
            path = Spoil(chance, path)
                .Replace(' ', '+').Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        if (chance.Next(12) == 0)
            method = ((string[])["HEAD", "PUT", "DELETE", "TRACE", "CONNECT", "get", "PROPFIND", "", new string('A', 300)])[chance.Next(9)];
        var bytes = Encoding.UTF8.GetBytes(body);
        var length = chance.Next(15) switch
        {
            0 => "-1",
            1 => "99999999999999999999",
            2 => (bytes.Length + 5).ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        var head = new StringBuilder(
            $"{method} {path} HTTP/{(chance.Next(30) == 0 ? "1.0" : chance.Next(60) == 0 ? "9.9" : "1.1")}\r\nHost: 127.0.0.1:{port}\r\n");
        if (chance.Next(2) == 0)
            head.Append("Authorization: Bearer ").Append(chance.Next(4) == 0 ? Spoil(chance, token) : token).Append("\r\n");
        if (chance.Next(3) == 0)
            head.Append("Origin: ").Append(((string[])[
                "https://shop.example", $"http://127.0.0.1:{port}", "null", "https://", "x",
                "https://a.example, https://b.example"])[chance.Next(6)]).Append("\r\n");
        if (body.Length > 0 || chance.Next(10) == 0)
            head.Append(chance.Next(12) == 0 ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {length}\r\n")
                .Append("Content-Type: ").Append(chance.Next(4) == 0 ? "text/plain" : "application/json").Append("\r\n");
        for (var each = chance.Next(3); each > 0; each--)
            head.Append(Headers[chance.Next(Headers.Length)])
                .Append(Odd[chance.Next(Odd.Length)].Replace("\0", "", StringComparison.Ordinal)).Append("\r\n");
        byte[] request = [.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. bytes];
        return chance.Next(6) == 0 ? Flip(chance, request) : chance.Next(12) == 0 ? request[..chance.Next(1, request.Length)] : request;
    }

    private static readonly string[] Headers =
    [
        "Cookie: leanchat_session=", "Cookie: leanchat_admin=", "Cookie: ", "X-Forwarded-For: ", "X-Forwarded-Proto: ",
        "X-Forwarded-Host: ", "Sec-Fetch-Site: ", "Upgrade: ",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ",
        "Accept-Language: ", "Accept-Encoding: ", "If-None-Match: ", "Range: bytes=", "Expect: ", "Content-Encoding: ",
        "X-HTTP-Method-Override: ", "User-Agent: ", "Referer: ", "Origin: ", "Host: ", "Content-Length: ", "Transfer-Encoding: ",
    ];

    private static string Spoil(Random chance, string text)
    {
        var at = chance.Next(text.Length + 1);
        return chance.Next(6) switch
        {
            0 => text[..at],
            1 => text.Insert(at, Odd[chance.Next(Odd.Length)]),
            2 => text.Insert(at, "%" + chance.Next(256).ToString("X2", System.Globalization.CultureInfo.InvariantCulture)),
            3 => text.Insert(at, "/../"),
            4 => text.Insert(at, ((char)chance.Next(1, 0xD800)).ToString()),
            _ => text + text,
        };
    }

    private static byte[] Flip(Random chance, byte[] bytes)
    {
        var flipped = (byte[])bytes.Clone();
        for (var each = chance.Next(1, 4); each > 0; each--)
            flipped[chance.Next(flipped.Length)] ^= (byte)(1 << chance.Next(8));
        return flipped;
    }

    private static IEnumerable<byte[]> Saved(string kind) =>
        Directory.Exists(Path.Combine(Broken, kind))
            ? Directory.GetFiles(Path.Combine(Broken, kind)).Order().Select(File.ReadAllBytes)
            : [];

    /// <summary>What was sent last by each: one of these did it.</summary>
    internal sealed class Suspects
    {
        private const int Kept = 4;

        private readonly System.Collections.Concurrent.ConcurrentDictionary<int, Queue<byte[]>> _last = new();
        private readonly System.Collections.Concurrent.ConcurrentQueue<byte[]> _accused = new();

        public void Remember(int worker, byte[] bytes)
        {
            var last = _last.GetOrAdd(worker, _ => new Queue<byte[]>());
            if (last.Count == Kept)
                last.Dequeue();
            last.Enqueue(bytes);
        }

        public void Accuse(byte[] bytes) => _accused.Enqueue(bytes);

        public async Task SaveAsync(Trial trial, string kind)
        {
            if (trial.SaveTo is null)
                return;
            var folder = Directory.CreateDirectory(Path.Combine(trial.SaveTo, kind)).FullName;
            foreach (var bytes in _accused.IsEmpty ? _last.Values.SelectMany(last => last) : _accused)
                await File.WriteAllBytesAsync(Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16] + ".bin"), bytes);
            trial.Figure("saved in", folder);
        }
    }
}
