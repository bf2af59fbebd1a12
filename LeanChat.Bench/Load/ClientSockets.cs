using System.Runtime.InteropServices;
using LeanChat.Transport;

namespace LeanChat.Bench.Load;

/// <summary>All sockets of the load program: one thread, one epoll, no allocation for a frame.</summary>
internal sealed class ClientSockets
{
    private const int Timer = -1;
    private const int SocketsPerSource = 25_000;

    private readonly int _poll = LinuxCalls.NewEpoll();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(512 << 10, pinned: true);
    private readonly (long Data, uint Events)[] _ready = new (long, uint)[256];
    private readonly Protocol _protocol;
    private readonly int _port;
    private ClientSocket[] _clients = [];
    private int _connecting;
    private int _next;
    private int _timer;

    public ClientSockets(Protocol protocol, int port)
    {
        (_protocol, _port) = (protocol, port);
        protocol.Sockets = this;
    }

    /// <summary>Called with each message that a socket receives, and its number.</summary>
    public Action<ClientSocket, int>? Received { get; set; }

    public int ReadyCount { get; private set; }

    /// <summary>Sockets that were ended early.</summary>
    public int LostCount { get; private set; }

    /// <summary>Why the first of them was.</summary>
    public string? Error { get; private set; }

    /// <summary>Messages received twice, out of order or after a gap.</summary>
    public long Disorder { get; private set; }

    /// <summary>Bytes of a delivered message on the wire.</summary>
    public int WireLength { get; private set; }

    /// <summary>Opens the sockets, at most <paramref name="atOnce"/> at a time, and returns when all are ready.</summary>
    public void Open(ClientSocket[] clients, int atOnce, TimeSpan limit)
    {
        (_clients, _next, _connecting, ReadyCount) = (clients, 0, 0, 0);
        var end = DateTime.UtcNow + limit;
        while (ReadyCount < clients.Length)
        {
            while (_connecting < atOnce && _next < clients.Length)
                Connect(clients[_next++]);
            Poll(100);
            if (LostCount > 0)
                throw new IOException($"A socket was refused: {Error}");
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"Only {ReadyCount} of {clients.Length} sockets were ready in time.");
        }
    }

    /// <summary>Closes all sockets.</summary>
    public void Close()
    {
        foreach (var socket in _clients)
        {
            if (socket.State != SocketState.Closed)
                _ = LinuxCalls.Close(socket.Handle);
            socket.State = SocketState.Closed;
        }

        _clients = [];
    }

    /// <summary>Makes <see cref="Poll"/> return this often, so that messages are sent on time.</summary>
    public void StartTimer(double perSecond)
    {
        _timer = Libc.NewTimer(perSecond);
        LinuxCalls.Watch(_poll, _timer, LinuxCalls.Readable, Timer);
    }

    /// <summary>Waits for events and handles those that are there.</summary>
    public void Poll(int milliseconds)
    {
        var count = LinuxCalls.Wait(_poll, _ready, milliseconds);
        for (var i = 0; i < count; i++)
        {
            var (data, events) = _ready[i];
            if (data == Timer)
            {
                LinuxCalls.ClearSignal(_timer);
                continue;
            }

            var socket = _clients[(int)data];
            if (socket.State == SocketState.Connecting)
                SendHandshake(socket, isConnected: true);
            else if ((events & ~LinuxCalls.Writable) != 0)
                Receive(socket);
        }
    }

    public void Send(ClientSocket socket, ReadOnlySpan<byte> bytes)
    {
        if (socket.State == SocketState.Closed)
            return;
        var sent = LinuxCalls.Send(socket.Handle, bytes);
        if (sent < 0)
            Fail(socket, Marshal.GetPInvokeErrorMessage(LinuxCalls.Error));
        else if (sent < bytes.Length)
            throw new IOException("The server does not read what is sent to it.");
    }

    /// <summary>Messages may be sent on this socket.</summary>
    public void MarkReady(ClientSocket socket)
    {
        if (socket.State == SocketState.Ready)
            return;
        socket.State = SocketState.Ready;
        ReadyCount++;
        _connecting--;
    }

    /// <summary>A socket received a message.</summary>
    public void Deliver(ClientSocket socket, int number, int wireLength)
    {
        if (number != socket.LastNumber + 1)
            Disorder++;
        socket.LastNumber = number;
        WireLength = wireLength;
        Received?.Invoke(socket, number);
    }

    /// <summary>Closes a socket that the server ended, or whose server broke the protocol.</summary>
    public void Fail(ClientSocket socket, string error)
    {
        if (socket.State == SocketState.Closed)
            return;
        _ = LinuxCalls.Close(socket.Handle);
        socket.State = SocketState.Closed;
        LostCount++;
        Error ??= error;
    }

    private void Connect(ClientSocket socket)
    {
        _connecting++;
        socket.Handle = Libc.Connect(_port, 1 + (socket.Index / SocketsPerSource));
        socket.State = SocketState.Connecting;
        SendHandshake(socket, isConnected: false);
    }

    /// <summary>Sends the first bytes. On loopback connections mostly stand at once; otherwise this is called again later.</summary>
    private void SendHandshake(ClientSocket socket, bool isConnected)
    {
        var handshake = _protocol.Handshake(socket);
        if (LinuxCalls.Send(socket.Handle, handshake) == handshake.Length)
        {
            socket.State = SocketState.Opening;
            if (isConnected)
                LinuxCalls.WatchAgain(_poll, socket.Handle, LinuxCalls.Readable, socket.Index);
            else
                LinuxCalls.Watch(_poll, socket.Handle, LinuxCalls.Readable, socket.Index);
        }
        else if (!isConnected && LinuxCalls.IsTooEarly)
        {
            LinuxCalls.Watch(_poll, socket.Handle, LinuxCalls.Readable | LinuxCalls.Writable, socket.Index);
        }
        else
        {
            Fail(socket, "no connection: " + Marshal.GetPInvokeErrorMessage(LinuxCalls.Error));
        }
    }

    private void Receive(ClientSocket socket)
    {
        if (socket.State == SocketState.Closed)
            return;
        var rest = socket.Frame.Length;
        socket.Frame.Bytes.CopyTo(_buffer);
        socket.Frame.Clear();
        var read = LinuxCalls.Receive(socket.Handle, _buffer.AsSpan(rest));
        if (read <= 0)
        {
            if (read == 0 || !LinuxCalls.IsTooEarly)
                Fail(socket, read == 0 ? "closed by the server" : Marshal.GetPInvokeErrorMessage(LinuxCalls.Error));
            else
                socket.Frame.Add(_buffer.AsSpan(0, rest));
            return;
        }

        var bytes = _buffer.AsSpan(0, rest + read);
        socket.Frame.Add(bytes[_protocol.Parse(socket, bytes)..]);
    }
}
