using System.Runtime.InteropServices;
using LeanChat.Text;
using LeanChat.Transport;

namespace LeanChat.Bench.Load;

/// <summary>All sockets of the load program: one thread, one epoll, no allocation for a frame.</summary>
internal sealed class Crowd
{
    private const int Timer = -1;
    private const int SocketsPerSource = 25_000;

    private readonly int _poll = LinuxCalls.NewPoll();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(512 << 10, pinned: true);
    private readonly (long Data, uint Events)[] _ready = new (long, uint)[256];
    private readonly Wire _wire;
    private readonly int _port;
    private Line[] _lines = [];
    private int _connecting;
    private int _next;
    private int _timer;

    public Crowd(Wire wire, int port)
    {
        (_wire, _port) = (wire, port);
        wire.Crowd = this;
    }

    /// <summary>Called for each message that a socket hears, with its number.</summary>
    public Action<Line, int>? Heard { get; set; }

    public int ReadyCount { get; private set; }

    /// <summary>Sockets that the server ended.</summary>
    public int LostCount { get; private set; }

    /// <summary>Why the first of them was ended.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Messages that came twice, late or after a gap.</summary>
    public long Disorder { get; private set; }

    /// <summary>Bytes of a delivered message on the wire.</summary>
    public int WireLength { get; private set; }

    /// <summary>The timer has fired since this was last set to false.</summary>
    public bool Ticked { get; set; }

    /// <summary>Opens the sockets, so many at once, and returns when all are ready.</summary>
    public void Open(Line[] lines, int atOnce, TimeSpan limit)
    {
        (_lines, _next, _connecting, ReadyCount) = (lines, 0, 0, 0);
        var end = DateTime.UtcNow + limit;
        while (ReadyCount < lines.Length)
        {
            while (_connecting < atOnce && _next < lines.Length)
                Connect(lines[_next++]);
            Turn(100);
            if (LostCount > 0)
                throw new IOException($"A socket was refused: {Trouble}");
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"Only {ReadyCount} of {lines.Length} sockets were ready in time.");
        }
    }

    /// <summary>Hangs up on all sockets.</summary>
    public void Close()
    {
        foreach (var line in _lines)
        {
            if (line.Stage != Stage.Closed)
                _ = LinuxCalls.Close(line.Socket);
            line.Stage = Stage.Closed;
        }

        _lines = [];
    }

    public void Tick(double perSecond)
    {
        _timer = Libc.NewTimer(perSecond);
        LinuxCalls.Watch(_poll, _timer, LinuxCalls.Readable, Timer);
    }

    /// <summary>Waits for whatever comes next and works on all that is there.</summary>
    public void Turn(int milliseconds)
    {
        var count = LinuxCalls.Wait(_poll, _ready, milliseconds);
        for (var i = 0; i < count; i++)
        {
            var (data, events) = _ready[i];
            if (data == Timer)
            {
                LinuxCalls.Silence(_timer);
                Ticked = true;
                continue;
            }

            var line = _lines[(int)data];
            if (line.Stage == Stage.Connecting)
                Greet(line, again: true);
            else if ((events & ~LinuxCalls.Writable) != 0)
                Receive(line);
        }
    }

    public void Send(Line line, ReadOnlySpan<byte> bytes)
    {
        if (line.Stage == Stage.Closed)
            return;
        var sent = LinuxCalls.Send(line.Socket, bytes);
        if (sent < 0)
            Lose(line, Marshal.GetPInvokeErrorMessage(LinuxCalls.Error));
        else if (sent < bytes.Length)
            throw new IOException("The server does not read what it is sent.");
    }

    /// <summary>A socket may be spoken on.</summary>
    public void Arrived(Line line)
    {
        if (line.Stage == Stage.Ready)
            return;
        line.Stage = Stage.Ready;
        ReadyCount++;
        _connecting--;
    }

    /// <summary>A socket hears a message.</summary>
    public void Deliver(Line line, int number, int wireLength)
    {
        if (number != line.Heard + 1)
            Disorder++;
        line.Heard = number;
        WireLength = wireLength;
        Heard?.Invoke(line, number);
    }

    public void Lose(Line line, string trouble)
    {
        if (line.Stage == Stage.Closed)
            return;
        _ = LinuxCalls.Close(line.Socket);
        line.Stage = Stage.Closed;
        LostCount++;
        Trouble ??= trouble;
    }

    private void Connect(Line line)
    {
        _connecting++;
        line.Socket = Libc.Connect(_port, 1 + (line.Index / SocketsPerSource));
        line.Stage = Stage.Connecting;
        Greet(line, again: false);
    }

    /// <summary>On loopback a connection mostly stands at once; where it does not, the poll tells when.</summary>
    private void Greet(Line line, bool again)
    {
        var hello = _wire.Hello(line);
        if (LinuxCalls.Send(line.Socket, hello) == hello.Length)
        {
            line.Stage = Stage.Opening;
            if (again)
                LinuxCalls.WatchAgain(_poll, line.Socket, LinuxCalls.Readable, line.Index);
            else
                LinuxCalls.Watch(_poll, line.Socket, LinuxCalls.Readable, line.Index);
        }
        else if (!again && LinuxCalls.IsTooEarly)
        {
            LinuxCalls.Watch(_poll, line.Socket, LinuxCalls.Readable | LinuxCalls.Writable, line.Index);
        }
        else
        {
            Lose(line, "no connection: " + Marshal.GetPInvokeErrorMessage(LinuxCalls.Error));
        }
    }

    private void Receive(Line line)
    {
        if (line.Stage == Stage.Closed)
            return;
        var rest = line.Frame.Length;
        line.Frame.Bytes.CopyTo(_buffer);
        line.Frame.Clear();
        var read = LinuxCalls.Receive(line.Socket, _buffer.AsSpan(rest));
        if (read <= 0)
        {
            if (read == 0 || !LinuxCalls.IsTooEarly)
                Lose(line, read == 0 ? "hung up" : Marshal.GetPInvokeErrorMessage(LinuxCalls.Error));
            else
                line.Frame.Add(_buffer.AsSpan(0, rest));
            return;
        }

        var bytes = _buffer.AsSpan(0, rest + read);
        line.Frame.Add(bytes[_wire.Take(line, bytes)..]);
    }
}
