using System.Threading.Tasks.Sources;

namespace LeanChat.Transport;

/// <summary>
/// A connection that is a TCP socket on Linux. While it is idle it has no thread, no buffer and no timer. Its waits end on the thread
/// of its <see cref="EventLoop"/>.
/// </summary>
internal sealed class SocketConnection : Connection, IEventReceiver, IValueTaskSource<int>
{
    /// <summary>How many times a socket is read in a row before the others get their turn.</summary>
    private const int ReadsInARow = 16;

    private readonly Lock _gate = new();
    private readonly EventLoop _loop;
    private readonly int _socket;
    private readonly long _key;
    private ManualResetValueTaskSourceCore<int> _read;
    private Memory<byte> _buffer;
    private ReadOnlyMemory<byte> _putBack;
    private ReadOnlyMemory<byte> _unsent;
    private TaskCompletionSource? _writing;
    private int _reads;
    private bool _reading;
    private bool _stopped;

    /// <summary>True: there is nothing to read until epoll reports it.</summary>
    private bool _drained = true;
    private bool _endReported;
    private bool _cut;
    private bool _closed;

    public SocketConnection(EventLoop loop, int socket)
    {
        (_loop, _socket) = (loop, socket);
        LinuxCalls.DoNotDelay(socket);
        // Edge-triggered: epoll reports each change once, and no call has to ask for the next.
        lock (_gate)
            _key = loop.Watch(this, socket, LinuxCalls.Readable | LinuxCalls.Writable | LinuxCalls.HalfClosed | LinuxCalls.Edges);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        lock (_gate)
        {
            if (!_putBack.IsEmpty)
                return new(ReadPutBack(buffer));
            if (_cut || _closed || _stopped)
                return new(0);
            var yields = !_drained && ++_reads > ReadsInARow;
            if (!_drained && !yields && (buffer.IsEmpty ? 0 : TryReceive(buffer.Span)) is >= 0 and var count)
                return new(count);
            (_buffer, _reading) = (buffer, true);
            _read.Reset();
            if (yields)
                _loop.Requeue(this);
            return new(this, _read.Version);
        }
    }

    /// <summary>Ends a waiting read, and all later ones, with 0 bytes, until <see cref="ResumeReading"/>.</summary>
    public void StopReading()
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

    /// <summary>Lets it be read again: first these bytes, which were read before and not used.</summary>
    public void ResumeReading(ReadOnlyMemory<byte> unused)
    {
        lock (_gate)
            (_stopped, _putBack) = (false, unused);
    }

    public override ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_cut || _closed)
                throw new IOException("The connection is cut.");
            var sent = TrySend(bytes);
            if (sent == bytes.Length)
                return default;
            _unsent = bytes[sent..].ToArray();
            _writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new(_writing.Task);
        }
    }

    /// <summary>Tells the other side that nothing more comes. It may still send.</summary>
    public void EndWriting()
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
            FailWrite();
        }

        // The reader continues on another thread: the caller may hold a lock, or have more connections to cut.
        if (reading)
            ThreadPool.UnsafeQueueUserWorkItem(static own => own._read.SetResult(0), this, preferLocal: false);
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
            FailWrite();
            _loop.Forget(_key);
            _ = LinuxCalls.Close(_socket);
        }

        if (reading)
            _read.SetResult(0);
    }

    public void OnEvents(uint events)
    {
        var count = -1;
        lock (_gate)
        {
            if (_closed)
                return;
            _endReported |= (events & (LinuxCalls.HalfClosed | LinuxCalls.HungUp | LinuxCalls.Broken)) != 0;
            if ((events & ~LinuxCalls.Writable) != 0)
            {
                (_drained, _reads) = (false, 0);
                if (_reading && (count = _buffer.IsEmpty ? 0 : TryReceive(_buffer.Span)) >= 0)
                    (_buffer, _reading) = (default, false);
            }

            if (_writing is not null)
                SendRest();
        }

        if (count >= 0)
            _read.SetResult(count);
    }

    private int ReadPutBack(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _putBack.Length);
        _putBack[..count].CopyTo(buffer);
        _putBack = _putBack[count..];
        NotifyObserver(buffer.Span[..count]);
        return count;
    }

    /// <summary>Bytes read; -1 when there is nothing yet; 0 at the end, also when the connection broke.</summary>
    private int TryReceive(Span<byte> buffer)
    {
        var count = LinuxCalls.Receive(_socket, buffer);
        // The buffer was not filled, so epoll will report the next bytes. It may have reported the end already.
        _drained = count < buffer.Length && !_endReported;
        if (count < 0)
            return LinuxCalls.IsTooEarly ? -1 : 0;
        NotifyObserver(buffer[..count]);
        return count;
    }

    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            var count = LinuxCalls.Send(_socket, bytes[sent..]);
            if (count < 0 && !LinuxCalls.IsTooEarly)
                throw new IOException("The connection broke.");
            if (count <= 0)
                break;
            sent += count;
        }

        return sent;
    }

    private void SendRest()
    {
        try
        {
            _unsent = _unsent[TrySend(_unsent.Span)..];
            if (!_unsent.IsEmpty)
                return;
            _unsent = default;
            _writing!.TrySetResult();
            _writing = null;
        }
        catch (IOException e)
        {
            _writing!.TrySetException(e);
            (_writing, _unsent) = (null, default);
        }
    }

    private void FailWrite()
    {
        _writing?.TrySetException(new IOException("The connection is cut."));
        (_writing, _unsent) = (null, default);
    }

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);
}
