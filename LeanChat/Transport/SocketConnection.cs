using System.Threading.Tasks.Sources;

namespace LeanChat.Transport;

/// <summary>
/// A line that is a TCP socket of Linux and nothing else: no thread, no buffer, no timer while it is idle. What it waits for goes on where
/// <see cref="EventLoop"/> hears of it.
/// </summary>
internal sealed class SocketConnection : Connection, IPollable, IValueTaskSource<int>
{
    /// <summary>So often it is read from without a pause. Whoever has more to say waits until all others have had their turn.</summary>
    private const int ReadsInARow = 16;

    private readonly Lock _gate = new();
    private readonly EventLoop _poll;
    private readonly int _socket;
    private readonly long _known;
    private ManualResetValueTaskSourceCore<int> _read;
    private Memory<byte> _buffer;
    private ReadOnlyMemory<byte> _putBack;
    private ReadOnlyMemory<byte> _unsent;
    private TaskCompletionSource? _room;
    private int _reads;
    private bool _reading;
    private bool _stopped;
    // Nothing is there as far as we know: what comes is told.
    private bool _dry = true;
    private bool _hungUp;
    private bool _cut;
    private bool _closed;

    public SocketConnection(EventLoop poll, int socket)
    {
        (_poll, _socket) = (poll, socket);
        LinuxCalls.DoNotDelay(socket);
        // Told once of each change, so that nothing is to be asked for again.
        lock (_gate)
            _known = poll.Watch(this, socket, LinuxCalls.Readable | LinuxCalls.Writable | LinuxCalls.HalfClosed | LinuxCalls.Edges);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        lock (_gate)
        {
            if (!_putBack.IsEmpty)
                return new(TakeBack(buffer));
            if (_cut || _closed || _stopped)
                return new(0);
            var later = !_dry && ++_reads > ReadsInARow;
            if (!_dry && !later && (buffer.IsEmpty ? 0 : TryReceive(buffer.Span)) is >= 0 and var count)
                return new(count);
            (_buffer, _reading) = (buffer, true);
            _read.Reset();
            if (later)
                _poll.Again(this);
            return new(this, _read.Version);
        }
    }

    /// <summary>Reads end with nothing, the one that waits as well, until the line is to <see cref="GoOn"/>.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            if (!_reading)
                return;
            (_buffer, _reading) = (default, false);
        }

        _read.SetResult(0);
    }

    /// <summary>From here on it is read again: first these bytes, which were read before and not used.</summary>
    public void GoOn(ReadOnlyMemory<byte> unused)
    {
        lock (_gate)
            (_stopped, _putBack) = (false, unused);
    }

    public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_cut || _closed)
                throw new IOException("The line is cut.");
            var sent = TrySend(bytes);
            if (sent == bytes.Length)
                return default;
            _unsent = bytes[sent..].ToArray();
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new(_room.Task);
        }
    }

    /// <summary>Nothing more is written; the other side hears that, and may still say something.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            if (!_cut && !_closed)
                LinuxCalls.EndWriting(_socket);
        }
    }

    public override void Cut(bool forget = false)
    {
        bool reading;
        lock (_gate)
        {
            if (_closed)
                return;
            if (forget)
                LinuxCalls.DoNotLinger(_socket);
            if (_cut)
                return;
            _cut = true;
            LinuxCalls.Shutdown(_socket);
            reading = _reading;
            (_buffer, _reading) = (default, false);
            GiveUpSending();
        }

        // Whoever cuts it may hold up others: what goes on now does so elsewhere.
        if (reading)
            ThreadPool.UnsafeQueueUserWorkItem(static line => line._read.SetResult(0), this, preferLocal: false);
    }

    public override void Close()
    {
        bool reading;
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            reading = _reading;
            (_buffer, _reading) = (default, false);
            GiveUpSending();
            _poll.Forget(_known);
            _ = LinuxCalls.Close(_socket);
        }

        if (reading)
            _read.SetResult(0);
    }

    public void Happened(uint events)
    {
        var count = -1;
        lock (_gate)
        {
            if (_closed)
                return;
            _hungUp |= (events & (LinuxCalls.HalfClosed | LinuxCalls.HungUp | LinuxCalls.Broken)) != 0;
            if ((events & ~LinuxCalls.Writable) != 0)
            {
                (_dry, _reads) = (false, 0);
                if (_reading && (count = _buffer.IsEmpty ? 0 : TryReceive(_buffer.Span)) >= 0)
                    (_buffer, _reading) = (default, false);
            }

            if (_room is not null)
                SendOn();
        }

        if (count >= 0)
            _read.SetResult(count);
    }

    private int TakeBack(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _putBack.Length);
        _putBack[..count].CopyTo(buffer);
        _putBack = _putBack[count..];
        Pass(buffer.Span[..count]);
        return count;
    }

    /// <summary>-1 when there is nothing yet. A line that broke has ended.</summary>
    private int TryReceive(Span<byte> buffer)
    {
        var count = LinuxCalls.Receive(_socket, buffer);
        // Less than there was room for: the next news is told, unless it is the end, which may have been told already.
        _dry = count < buffer.Length && !_hungUp;
        if (count < 0)
            return LinuxCalls.IsTooEarly ? -1 : 0;
        Pass(buffer[..count]);
        return count;
    }

    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            var count = LinuxCalls.Send(_socket, bytes[sent..]);
            if (count < 0 && !LinuxCalls.IsTooEarly)
                throw new IOException("The line broke.");
            if (count <= 0)
                break;
            sent += count;
        }

        return sent;
    }

    private void SendOn()
    {
        try
        {
            _unsent = _unsent[TrySend(_unsent.Span)..];
            if (!_unsent.IsEmpty)
                return;
            _unsent = default;
            _room!.TrySetResult();
            _room = null;
        }
        catch (IOException e)
        {
            _room!.TrySetException(e);
            (_room, _unsent) = (null, default);
        }
    }

    private void GiveUpSending()
    {
        _room?.TrySetException(new IOException("The line is cut."));
        (_room, _unsent) = (null, default);
    }

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);
}
