using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Transport;

/// <summary>Takes callers at one address and gives each a line, spread over the polls.</summary>
internal sealed partial class SocketListener : IConnectionListener, IPollable
{
    private const int Backlog = 512;
    private const int AcceptedAtOnce = 64;
    private const int IPv4 = 2;

    private static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UntilFilesAreFree = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly IReadOnlyList<EventLoop> _polls;
    private readonly MemoryPool<byte> _memory;
    private readonly Channel<ConnectionContext> _callers = Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ILogger _log;
    private readonly Socket _socket;
    private readonly long _known;
    private uint _next;
    private long? _exhaustedAt;
    private bool _closed;

    /// <summary>Listens. Throws <see cref="AddressInUseException"/> when somebody else does, <see cref="IOException"/> when it cannot.</summary>
    public SocketListener(IPEndPoint address, IReadOnlyList<EventLoop> polls, MemoryPool<byte> memory, ILogger log)
    {
        (_polls, _memory, _log) = (polls, memory, log);
        try
        {
            _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            // Any address of the newer kind means any of the older, too.
            if (address.Address.Equals(IPAddress.IPv6Any))
                _socket.DualMode = true;
            _socket.Bind(address);
            _socket.Listen(Backlog);
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.AddressFamilyNotSupported)
        {
            // Without IPv6 Kestrel tries the older kind itself.
            _socket?.Dispose();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse ? new AddressInUseException(e.Message, e) : new IOException($"Cannot listen on {address}: {e.Message}", e);
        }

        EndPoint = _socket.LocalEndPoint!;
        lock (_gate)
            _known = polls[0].Watch(this, File, LinuxCalls.Readable | LinuxCalls.Once);
    }

    public EndPoint EndPoint { get; }

    private int File => (int)_socket.SafeHandle.DangerousGetHandle();

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _callers.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_callers.Reader.TryRead(out var caller))
                return caller;
        }

        return null;
    }

    public void Happened(uint events)
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
                // Whatever went wrong with one caller: the next is heard.
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
        for (var i = 0; i < AcceptedAtOnce; i++)
        {
            var socket = LinuxCalls.Accept(File, address);
            if (socket >= 0)
                Take(socket, address);
            else if (!LinuxCalls.IsCallerGone)
                return !LinuxCalls.IsExhausted || !TellExhausted();
        }

        return true;
    }

    /// <summary>Now and then: it is tried ten times a second.</summary>
    private bool TellExhausted()
    {
        if (_exhaustedAt is not { } told || Stopwatch.GetElapsedTime(told) > ToldAgain)
        {
            _exhaustedAt = Stopwatch.GetTimestamp();
            LogExhausted();
        }

        return true;
    }

    private void Take(int socket, ReadOnlySpan<byte> address)
    {
        SocketConnection line;
        try
        {
            line = new SocketConnection(_polls[(int)(_next++ % (uint)_polls.Count)], socket);
        }
        catch (IOException)
        {
            // The system watches no more files for us. This caller cannot be served; the others still are.
            _ = LinuxCalls.Close(socket);
            throw;
        }

        var connection = new SocketTransportConnection(line, EndPoint, Read(address), _memory);
        connection.Start();
        if (!_callers.Writer.TryWrite(connection))
            line.Close();
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
        await Task.Delay(UntilFilesAreFree);
        lock (_gate)
        {
            if (!_closed)
                WatchAgain();
        }
    }

    private void WatchAgain() => _polls[0].WatchAgain(_known, File, LinuxCalls.Readable | LinuxCalls.Once);

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_closed)
                return default;
            _closed = true;
            _polls[0].Forget(_known);
            _socket.Dispose();
        }

        _callers.Writer.TryComplete();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    [LoggerMessage(LogLevel.Warning, "There are no file handles left for more connections; raise the limit (ulimit -n, LimitNOFILE)")]
    private partial void LogExhausted();
}
