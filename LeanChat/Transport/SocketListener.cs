using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Transport;

/// <summary>Accepts connections at one address and spreads them over the event loops.</summary>
internal sealed partial class SocketListener : IConnectionListener, IEventReceiver
{
    private const int Backlog = 512;
    private const int MaxAcceptsInARow = 64;
    private const int IPv4 = 2;

    private static readonly TimeSpan LogAgain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly IReadOnlyList<EventLoop> _loops;
    private readonly MemoryPool<byte> _memory;
    private readonly Channel<ConnectionContext> _accepted =
        Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ILogger _log;
    private readonly Socket _socket;
    private readonly long _key;
    private uint _next;
    private long? _exhaustedAt;
    private bool _closed;

    /// <summary>
    /// Listens. Throws <see cref="AddressInUseException"/> when another process does, <see cref="IOException"/> when it cannot.
    /// </summary>
    public SocketListener(IPEndPoint address, IReadOnlyList<EventLoop> loops, MemoryPool<byte> memory, ILogger log)
    {
        (_loops, _memory, _log) = (loops, memory, log);
        try
        {
            _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            // Any IPv6 address means any IPv4 address, too.
            if (address.Address.Equals(IPAddress.IPv6Any))
                _socket.DualMode = true;
            _socket.Bind(address);
            _socket.Listen(Backlog);
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.AddressFamilyNotSupported)
        {
            // A system without IPv6 is not caught here: Kestrel then tries IPv4 itself.
            _socket?.Dispose();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new AddressInUseException(e.Message, e)
                : new IOException($"Cannot listen on {address}: {e.Message}", e);
        }

        EndPoint = _socket.LocalEndPoint!;
        lock (_gate)
            _key = loops[0].Watch(this, File, LinuxCalls.Readable | LinuxCalls.Once);
    }

    public EndPoint EndPoint { get; }

    private int File => (int)_socket.SafeHandle.DangerousGetHandle();

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var accepted))
                return accepted;
        }

        return null;
    }

    public void OnEvents(uint events)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            var later = true;
            try
            {
                later = !TryAcceptAll();
            }
            finally
            {
                // Whatever went wrong with one connection, the next is accepted.
                if (later)
                    _ = WatchLaterAsync();
                else
                    WatchAgain();
            }
        }
    }

    /// <summary>False when there are no file handles left, or no memory.</summary>
    private bool TryAcceptAll()
    {
        Span<byte> address = stackalloc byte[LinuxCalls.AddressLength];
        for (var i = 0; i < MaxAcceptsInARow; i++)
        {
            var socket = LinuxCalls.Accept(File, address);
            if (socket >= 0)
                Serve(socket, address);
            else if (!LinuxCalls.IsCallerGone)
                return !LinuxCalls.IsExhausted || !LogExhaustion();
        }

        return true;
    }

    /// <summary>Logs it once a minute; accepting is tried ten times a second.</summary>
    private bool LogExhaustion()
    {
        if (_exhaustedAt is not { } before || Stopwatch.GetElapsedTime(before) > LogAgain)
        {
            _exhaustedAt = Stopwatch.GetTimestamp();
            LogExhausted();
        }

        return true;
    }

    private void Serve(int socket, ReadOnlySpan<byte> address)
    {
        SocketConnection socketConnection;
        try
        {
            socketConnection = new SocketConnection(_loops[(int)(_next++ % (uint)_loops.Count)], socket);
        }
        catch (IOException)
        {
            // The system watches no more files for us (a limit of epoll). This connection is not served; the others are.
            _ = LinuxCalls.Close(socket);
            throw;
        }

        var connection = new SocketTransportConnection(socketConnection, EndPoint, Read(address), _memory);
        connection.Start();
        if (!_accepted.Writer.TryWrite(connection))
            socketConnection.Close();
    }

    /// <summary>`struct sockaddr_in` or `sockaddr_in6`.</summary>
    private static IPEndPoint Read(ReadOnlySpan<byte> address)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return address[0] == IPv4
            ? new IPEndPoint(new IPAddress(address.Slice(4, 4)), port)
            : new IPEndPoint(new IPAddress(address.Slice(8, 16), BinaryPrimitives.ReadUInt32LittleEndian(address[24..])), port);
    }

    private async Task WatchLaterAsync()
    {
        await Task.Delay(RetryAfter);
        lock (_gate)
        {
            if (!_closed)
                WatchAgain();
        }
    }

    private void WatchAgain() => _loops[0].WatchAgain(_key, File, LinuxCalls.Readable | LinuxCalls.Once);

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_closed)
                return default;
            _closed = true;
            _loops[0].Forget(_key);
            _socket.Dispose();
        }

        _accepted.Writer.TryComplete();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    [LoggerMessage(LogLevel.Warning, "Out of file descriptors: new connections wait. Raise LimitNOFILE (systemd) or ulimit -n")]
    private partial void LogExhausted();
}
