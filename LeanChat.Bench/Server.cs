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

    private readonly Process _process;
    private readonly Queue<string> _said = new();

    private Server(Process process, int port, string folder)
    {
        (_process, Port, Folder) = (process, port, folder);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public int Port { get; }

    public string Folder { get; }

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
        var folder = Directory.CreateTempSubdirectory("leanchat-flood-").FullName;
        var port = FreePort();
        var start = peer.Start(port, folder);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, folder);
        if (preload is not null)
            start.Environment["LD_PRELOAD"] = preload;
        var server = new Server(Process.Start(start)!, port, folder);
        for (var clock = Stopwatch.StartNew(); !await server.ListensAsync(); await Task.Delay(50))
        {
            if (!server._process.HasExited && clock.Elapsed < StartLimit)
                continue;
            await server.DisposeAsync();
            throw new IOException($"{peer.Name} did not start: {server.Said}");
        }

        return server;
    }

    public async ValueTask DisposeAsync()
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
        Directory.Delete(Folder, recursive: true);
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
