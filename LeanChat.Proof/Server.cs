using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LeanChat.Proof;

/// <summary>leanchat in a process of its own, with a data folder and a port that stay over restarts. LEANCHAT_BINARY
/// names another build of it.</summary>
internal sealed partial class Server : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string[] _arguments;
    private readonly bool _ownsData;
    private readonly StringBuilder _said = new();
    private readonly HttpClient _http;
    private Process? _process;

    public Server(params string[] settings)
        : this(Directory.CreateTempSubdirectory("leanchat-proof-").FullName, settings) => _ownsData = true;

    private Server(string data, string[] settings)
    {
        Data = data;
        Port = Ports.Free();
        Address = new Uri($"http://127.0.0.1:{Port}");
        _arguments = ["--data", Data, "--urls", Address.ToString().TrimEnd('/'), .. settings.Select(setting => "--LeanChat:" + setting)];
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = Address,
            Timeout = Patience,
        };
    }

    /// <summary>Another one on the same folder.</summary>
    public static Server Beside(Server other) => new(other.Data, []);

    /// <summary>No limit that a flood of our own would meet; given first, so that a claim can set one again.</summary>
    public static string[] Unlimited { get; } =
        [
            "Limits:MessagesPerMinute=0", "Limits:NewUsersPerHour=0", "Limits:SocketsPerUser=0", "Limits:SocketsPerAddress=0",
            "Limits:Sockets=0",
        ];

    public string Data { get; }

    public string File => Path.Combine(Data, "leanchat.db");

    public int Port { get; }

    public Uri Address { get; }

    public string Origin => Address.GetLeftPart(UriPartial.Authority);

    /// <summary>What is preloaded into the next start, and its environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Everything that it printed, over all starts.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    public bool IsRunning => _process is { HasExited: false };

    public int Pid => _process!.Id;

    /// <summary>Starts it and waits until it is healthy; answers how long that took.</summary>
    public async Task<TimeSpan> StartAsync()
    {
        var clock = Stopwatch.StartNew();
        Launch();
        while (true)
        {
            if (!IsRunning || clock.Elapsed > Patience)
                throw new InvalidOperationException("It did not start: " + Said);
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                if ((await AskAsync(HttpMethod.Get, "/healthz")).Status == 200)
                    return clock.Elapsed;
            }
            catch (Exception e) when (e is SocketException or HttpRequestException or IOException)
            {
                // Not there yet.
            }

            await Task.Delay(5);
        }
    }

    /// <summary>Starts it and waits for its end, for starts that must fail: exit code, time, and what it printed.</summary>
    public async Task<(int Code, TimeSpan Took, string Said)> StartInVainAsync()
    {
        var before = Said.Length;
        var clock = Stopwatch.StartNew();
        Launch();
        if (!await EndedAsync(TimeSpan.FromSeconds(15)))
        {
            Kill();
            return (-1, clock.Elapsed, Said[before..]);
        }

        return (_process!.ExitCode, clock.Elapsed, Said[before..]);
    }

    /// <summary>kill -9, and gone when this returns.</summary>
    public void Kill()
    {
        if (_process is null)
            return;
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM; answers the exit code and how long the end took.</summary>
    public async Task<(int Code, TimeSpan Took)> StopAsync()
    {
        var clock = Stopwatch.StartNew();
        Terminate();
        if (!await EndedAsync(Patience))
            Kill();
        return (_process!.ExitCode, clock.Elapsed);
    }

    public void Terminate() => _ = kill(Pid, 15);

    /// <summary>A signal by its name, to one process.</summary>
    public static async Task SignalAsync(int pid, string signal)
    {
        using var sent = Process.Start("/bin/kill", ["-" + signal, pid.ToString(CultureInfo.InvariantCulture)]);
        await sent.WaitForExitAsync();
    }

    public async Task<bool> EndedAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            await _process!.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            // Still there.
            return false;
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public long Memory => StatusOf("VmRSS") * 1024;

    public long Threads => StatusOf("Threads");

    public int Handles => Directory.GetFileSystemEntries($"/proc/{Pid}/fd").Length;

    /// <summary>User and system time so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>A request with exactly these headers.</summary>
    public async Task<Answer> AskAsync(HttpMethod method, string path, JsonNode? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        // A stream of events has no end.
        var streams = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var text = streams ? "" : await response.Content.ReadAsStringAsync();
        return new Answer(
            (int)response.StatusCode, text,
            response.Content.Headers.ContentType?.MediaType == "application/json" && text.Length > 0 ? JsonNode.Parse(text) : null,
            response.Headers.Concat(response.Content.Headers)
                .SelectMany(header => header.Value.Select(value => (header.Key, value))).ToList());
    }

    /// <summary>A request of the user who holds this token, from a website.</summary>
    public Task<Answer> AsUserAsync(HttpMethod method, string path, string? token, JsonNode? body = null) =>
        AskAsync(method, path, body, token is null ? [("Origin", Client.Website)] : [
            ("Origin", Client.Website), ("Authorization", "Bearer " + token)]);

    /// <summary>A request from the dashboard with this cookie.</summary>
    public Task<Answer> AsAdminAsync(HttpMethod method, string path, string? cookie, JsonNode? body = null) =>
        AskAsync(method, path, body, cookie is null ? [("Origin", Origin)] : [("Origin", Origin), ("Cookie", "leanchat_admin=" + cookie)]);

    /// <summary>The one-time token that the first start printed.</summary>
    public async Task<string> SetupTokenAsync()
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(5))
        {
            if (SetupLink().Match(Said) is { Success: true } link)
                return link.Groups[1].Value;
            if (clock.Elapsed > Patience)
                throw new InvalidOperationException("It printed no set-up link: " + Said);
        }
    }

    /// <summary>Makes the first admin; answers the session cookie.</summary>
    public async Task<string> SetUpAsync(string email = "mia@example.com", string password = "correct horse battery")
    {
        var answer = await AsAdminAsync(
            HttpMethod.Post,
            "/admin/setup",
            null,
            new JsonObject { ["token"] = await SetupTokenAsync(), ["email"] = email, ["password"] = password, ["name"] = "Mia" });
        return answer.Cookie("leanchat_admin") ?? throw new InvalidOperationException("No set-up: " + answer.Text);
    }

    /// <summary>A new anonymous user.</summary>
    public async Task<(string Token, string ChatId, string UserId)> ArriveAsync()
    {
        var answer = await AsUserAsync(HttpMethod.Get, "/support_chat", null);
        return ((string)answer.Json!["token"]!, (string)answer.Json["id"]!, (string)answer.Json["user"]!["id"]!);
    }

    /// <summary>Every complaint in the log that is no refusal in the owner's words: an unhandled exception, a failed request.</summary>
    public IReadOnlyList<string> Complaints => [.. Said.Split('\n').Where(line => line.Contains("Unhandled", StringComparison.Ordinal)
        || line.Contains("   at ", StringComparison.Ordinal)
        || Serious().IsMatch(line)).Take(5)];

    private void Launch()
    {
        _process?.Dispose();
        var binary = System.Environment.GetEnvironmentVariable("LEANCHAT_BINARY") is { Length: > 0 } named
            ? named
            : Path.Combine(AppContext.BaseDirectory, "leanchat.dll");
        var info = binary.EndsWith(".dll", StringComparison.Ordinal)
            ? new ProcessStartInfo("dotnet", [binary, .. _arguments])
            : new ProcessStartInfo(binary, _arguments);
        info.RedirectStandardOutput = info.RedirectStandardError = info.RedirectStandardInput = true;
        info.WorkingDirectory = Path.GetTempPath();
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        _process = new Process { StartInfo = info };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Hear(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
    }

    private long StatusOf(string name) => long.Parse(
        System.IO.File.ReadLines($"/proc/{Pid}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal))
            .Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync()
    {
        Kill();
        _process?.Dispose();
        _http.Dispose();
        if (_ownsData)
            Directory.Delete(Data, recursive: true);
        return ValueTask.CompletedTask;
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [GeneratedRegex(@"/admin#setup=(\S+)")]
    private static partial Regex SetupLink();

    [GeneratedRegex(@"^\S+ (ERR|FTL) (?!The disk is full)")]
    private static partial Regex Serious();
}

/// <summary>An answer over HTTP.</summary>
internal sealed record Answer(int Status, string Text, JsonNode? Json, IReadOnlyList<(string Name, string Value)> Headers)
{
    public string? Error => (string?)Json?["error"];

    public string? Cookie(string name) =>
        Headers.FirstOrDefault(header => header.Name == "Set-Cookie"
            && header.Value.StartsWith(name + "=", StringComparison.Ordinal)).Value?.Split(';')[0][(name.Length + 1)..];
}
