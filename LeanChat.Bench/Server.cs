using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;

namespace LeanChat.Bench;

/// <summary>A peer at work: a process, a port and a folder of its own, all gone at the end.</summary>
internal sealed class Server : IAsyncDisposable
{
    private const int LinesKept = 10;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly Peer _peer;
    private readonly string? _preload;
    private readonly Queue<string> _said = new();
    private Process _process;

    private Server(Peer peer, string? preload)
    {
        (_peer, _preload) = (peer, preload);
        _process = Launch();
    }

    public int Id => _process.Id;

    public int Port { get; } = FreePort();

    public string Folder { get; } = Directory.CreateTempSubdirectory("leanchat-flood-").FullName;

    /// <summary>The last lines it wrote.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return string.Join('\n', _said);
        }
    }

    /// <summary>Starts it and returns once it listens.</summary>
    public static async Task<Server> StartAsync(Peer peer, string? preload)
    {
        var server = new Server(peer, preload);
        try
        {
            await server.AwaitAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it and starts it again on what it has on disk.</summary>
    public async Task RestartAsync()
    {
        await EndAsync();
        _process = Launch();
        await AwaitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private Process Launch()
    {
        var start = _peer.Start(Port, Folder);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, Folder);
        if (_preload is not null)
            start.Environment["LD_PRELOAD"] = _preload;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task AwaitAsync()
    {
        for (var clock = Stopwatch.StartNew(); !await ListensAsync(); await Task.Delay(50))
        {
            if (!_process.HasExited && clock.Elapsed < StartLimit)
                continue;
            throw new IOException($"{_peer.Name} did not start: {Said}");
        }
    }

    private async Task EndAsync()
    {
        if (!_process.HasExited)
        {
            Libc.AskToEnd(_process.Id);
            using var limit = new CancellationTokenSource(EndLimit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // It does not end by itself, and nothing of it is needed any more.
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
    }

    private async Task<bool> ListensAsync()
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_said)
        {
            _said.Enqueue(line);
            if (_said.Count > LinesKept)
                _said.Dequeue();
        }
    }
}
