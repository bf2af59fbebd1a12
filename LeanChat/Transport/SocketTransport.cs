using System.Buffers;
using System.Net;
using LeanChat.Text;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Transport;

/// <summary>
/// Kestrel's way to the network on Linux: a few polls, and lines that a WebSocket can take with it. Elsewhere, and for other kinds of
/// addresses, Kestrel's own sockets serve.
/// </summary>
internal sealed class SocketTransport(IMemoryPoolFactory<byte> pools, ILogger<EventLoop> log) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    /// <summary>Polls at most: more only wait for the one that writes to the disk.</summary>
    private const int MostPolls = 4;

    private readonly Lock _gate = new();
    private readonly MemoryPool<byte> _memory = pools.Create();
    private EventLoop[] _polls = [];

    /// <summary>Runs what happened on many lines at once: for whoever wants to treat it as one. Set before anything listens.</summary>
    public Action<Action> Around { get; set; } = static round => round();

    public bool CanBind(EndPoint endpoint) => OperatingSystem.IsLinux() && endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_polls.Length == 0)
                _polls = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, MostPolls)).Select(number => new EventLoop(number, Around, log))];
            return new(new SocketListener((IPEndPoint)endpoint, _polls, _memory, log));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var poll in _polls)
                poll.Dispose();
            _polls = [];
        }

        _memory.Dispose();
    }
}
