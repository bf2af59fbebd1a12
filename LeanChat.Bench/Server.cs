using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;
using LeanChat.Proof;

namespace LeanChat.Bench;

/// <summary>A running peer: a process, a port and a folder of its own; disposing ends and deletes them.</summary>
internal sealed class Server : IAsyncDisposable
{
    private const int LinesKept = 10;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly Peer _peer;
    private readonly string? _preload;
    private readonly Queue<string> _output = new();
    private Process _process;

    private Server(Peer peer, string? preload)
    {
        (_peer, _preload) = (peer, preload);
        _process = Launch();
    }

    public int Id => _process.Id;

    public int Port { get; } = Ports.Free();

    public string Folder { get; } = Directory.CreateTempSubdirectory("leanchat-flood-").FullName;

    /// <summary>The last lines it wrote.</summary>
    public string LastOutput
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <summary>Starts it and returns once it listens.</summary>
    public static async Task<Server> StartAsync(Peer peer, string? preload)
    {
        var server = new Server(peer, preload);
        try
        {
            await server.AwaitListeningAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it and starts it again with the same folder.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        _process = Launch();
        await AwaitListeningAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private Process Launch()
    {
        var start = _peer.Start(Port, Folder);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, Folder);
        if (_preload is not null)
            start.Environment["LD_PRELOAD"] = _preload;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => KeepLine(line.Data);
        process.ErrorDataReceived += (_, line) => KeepLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task AwaitListeningAsync()
    {
        for (var clock = Stopwatch.StartNew(); !await IsListeningAsync(); await Task.Delay(50))
        {
            if (!_process.HasExited && clock.Elapsed < StartLimit)
                continue;
            throw new IOException($"{_peer.Name} did not start: {LastOutput}");
        }
    }

    private async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            Libc.Terminate(_process.Id);
            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // It ignores SIGTERM, and nothing of it is needed any more.
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
    }

    private async Task<bool> IsListeningAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            // Not yet.
            return false;
        }
    }

    private void KeepLine(string? line)
    {
        if (line is null)
            return;
        lock (_output)
        {
            _output.Enqueue(line);
            if (_output.Count > LinesKept)
                _output.Dequeue();
        }
    }
}
