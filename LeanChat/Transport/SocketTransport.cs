using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Transport;

/// <summary>
/// Kestrel's transport on Linux: a few epoll event loops, and connections that a WebSocket takes over after its handshake.
/// Kestrel's own transport serves other systems, and other kinds of addresses.
/// </summary>
/// <param name="pools">Where buffers come from.</param>
/// <param name="log">Gets failures on a connection.</param>
internal sealed class SocketTransport(IMemoryPoolFactory<byte> pools, ILogger<EventLoop> log)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    /// <summary>Event loops at most: all that they read goes to one writer, which a few of them keep busy.</summary>
    private const int MostLoops = 4;

    private readonly Lock _gate = new();
    private readonly MemoryPool<byte> _memory = pools.Create();
    private EventLoop[] _loops = [];

    public bool CanBind(EndPoint endpoint) => OperatingSystem.IsLinux() && endpoint is IPEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_loops.Length == 0)
            {
                var count = Math.Clamp(Environment.ProcessorCount, 1, MostLoops);
                _loops = [.. Enumerable.Range(0, count).Select(number => new EventLoop(number, log))];
            }

            return new(new SocketListener((IPEndPoint)endpoint, _loops, _memory, log));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var loop in _loops)
                loop.Dispose();
            _loops = [];
        }

        _memory.Dispose();
    }
}
