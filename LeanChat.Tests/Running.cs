using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>leanchat, serving in a process of its own.</summary>
internal sealed class Running : IAsyncDisposable
{
    /// <summary>The published binary that the stories are pointed at by LEANCHAT_BINARY; null: the build beside the tests.</summary>
    public static readonly string? Binary = Environment.GetEnvironmentVariable("LEANCHAT_BINARY") is { Length: > 0 } path
        ? Path.GetFullPath(path)
        : null;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly System.Text.StringBuilder _said = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Running(Process process) => _process = process;

    public Uri Address { get; private set; } = null!;

    public string Origin => Address.GetLeftPart(UriPartial.Authority);

    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    private static Process Start(string[] arguments, string? folder = null)
    {
        // The very program of the release, beside the tests; a folder of its own keeps it from our settings.
        var info = new ProcessStartInfo(
            Binary ?? "dotnet", Binary is null ? [Path.Combine(AppContext.BaseDirectory, "leanchat.dll"), .. arguments] : arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        return Process.Start(info)!;
    }

    /// <summary>Runs a command to its end: its exit code and its words.</summary>
    public static async Task<(int Code, string Out, string Error)> RunAsync(string[] arguments, string input = "")
    {
        using var process = Start(arguments);
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It did not want to read: it has ended already.
        }

        var (said, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }

        return (process.ExitCode, await said, await error);
    }

    public static Task<Running> StartAsync(params string[] arguments) => StartInAsync(null, arguments);

    /// <summary>Starts a server in a folder, whose appsettings.json it heeds.</summary>
    public static async Task<Running> StartInAsync(string? folder, params string[] arguments)
    {
        var running = new Running(Start(arguments, folder));
        running._process.OutputDataReceived += (_, line) => running.Hear(line.Data);
        running._process.ErrorDataReceived += (_, line) => running.Hear(line.Data);
        running._process.BeginOutputReadLine();
        running._process.BeginErrorReadLine();
        try
        {
            using var client = new HttpClient();
            await running._ready.Task.WaitAsync(Patience);
            var asked = Array.IndexOf(arguments, "--urls") is >= 0 and var at ? arguments[at + 1] : "";
            running.Address = new Uri(asked.Length > 0 && !asked.EndsWith(":0", StringComparison.Ordinal)
                ? asked
                : Regex.Match(running.Said, @"serves at (\S+)").Groups[1].Value);

            // What follows the first line comes at once; the server answers only after it has printed all.
            await Eventually.IsTrueAsync(
                async () => running.Said.Contains("leanchat.db", StringComparison.Ordinal)
                    && (await client.GetAsync(new Uri(running.Address, "/healthz"))).StatusCode == HttpStatusCode.OK,
                Patience);
            await Eventually.IsTrueAsync(() => !running.Said.Contains("There is no admin yet", StringComparison.Ordinal)
                || running.Said.Contains("#setup=", StringComparison.Ordinal));
            return running;
        }
        catch (TimeoutException e)
        {
            await running.DisposeAsync();
            throw new InvalidOperationException("It did not start: " + running.Said, e);
        }
    }

    private void Hear(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
        if (line?.Contains("serves at", StringComparison.Ordinal) == true)
            _ready.TrySetResult();
    }

    public Uri Socket(string path) => new(Origin.Replace("http", "ws", StringComparison.Ordinal) + path);

    public HttpClient Client() => new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Address };

    /// <summary>kill -TERM, and waits for the end. Tells the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
