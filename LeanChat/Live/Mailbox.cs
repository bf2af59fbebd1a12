using System.Diagnostics.CodeAnalysis;
using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>
/// The frames that wait for one socket, up to a limit. Posting never waits. A full mailbox closes its socket: skipping a frame would be
/// worse than a reconnect.
/// </summary>
/// <param name="limits">How much may wait.</param>
/// <param name="whole">If this is one subscription's: that of its connection, which stays open for work in progress.</param>
internal sealed class Mailbox(MailboxLimits limits, Mailbox? whole = null)
{
    /// <summary>An empty mailbox keeps memory for this many frames.</summary>
    private const int KeptCapacity = 16;

    /// <summary>
    /// This many frames are sent at once, also inside a <see cref="FanOut.Batch"/>: else a large batch would fill the mailbox.
    /// </summary>
    private const int Burst = 64;

    private readonly Lock _gate = new();
    private readonly Queue<object> _mail = new();
    private CloseReason? _reason;
    private MailboxSender? _sender;
    private KeepAlive? _keepAlive;
    private int _bytes;
    private int _working;
    private bool _complete;
    private SendState _state;

    /// <summary>The session's key, by which <see cref="Hub.CloseByKey"/> finds it; null before there is a session.</summary>
    public string? Key { get; private set; }

    /// <summary>Set once the socket is to close.</summary>
    public CloseReason? CloseReason => Volatile.Read(ref _reason);

    /// <summary>Sets the session key, before the session is looked up, so that an end in between is not missed.</summary>
    public void SetKey(string? key) => Key = key;

    /// <summary>Adds a frame. Closes the socket if the mailbox is full.</summary>
    public void Post(Frame frame) => Add(frame, frame.Length);

    /// <summary>Adds a long sequence as one entry. It is read only as fast as the socket takes it.</summary>
    public void Post(IAsyncEnumerable<Frame> frames) => Add(frames, 0);

    private void Add(object mail, int bytes)
    {
        bool queued, isBurst;
        lock (_gate)
        {
            if (_complete)
                return;
            if (_mail.Count >= limits.Frames || _bytes + bytes > limits.Bytes)
            {
                EndLocked(CloseReason.TooSlow);
            }
            else
            {
                _mail.Enqueue(mail);
                _bytes += bytes;
            }

            queued = TryQueue();
            isBurst = _state == SendState.Queued && _mail.Count >= Math.Min(Burst, limits.Frames / 2);
        }

        if (isBurst)
            Send();
        else if (queued)
            FanOut.Add(this);
    }

    /// <summary>
    /// Closes after waiting frames and work in progress, unless <see cref="CloseReason.Drops"/>. The first reason counts.
    /// </summary>
    public void End(CloseReason reason)
    {
        lock (_gate)
        {
            EndLocked(reason);
            if (!TryQueue())
                return;
        }

        FanOut.Add(this);
    }

    private void EndLocked(CloseReason reason)
    {
        _reason ??= reason;
        if (_reason.Drops)
            _mail.Clear();
        _complete |= _working == 0 || _reason.Drops;
    }

    /// <summary>Begins work on a received frame; false when the socket is closing.</summary>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_reason is not null)
                return false;
            _working++;
            return true;
        }
    }

    /// <summary>Keeps the work on a frame open beyond its caller's <see cref="Finish"/>: it takes one more.</summary>
    public void KeepOpen()
    {
        whole?.KeepOpen();
        lock (_gate)
            _working++;
    }

    /// <summary>Ends work on a frame, after its answer was posted.</summary>
    public void Finish()
    {
        bool queued;
        lock (_gate)
        {
            _complete |= --_working == 0 && _reason is not null;
            queued = TryQueue();
        }

        if (queued)
            FanOut.Add(this);
        whole?.Finish();
    }

    /// <summary>Connects the mailbox to its socket. Frames posted before are sent now.</summary>
    internal void Attach(MailboxSender sender, KeepAlive? keepAlive = null)
    {
        lock (_gate)
        {
            (_sender, _keepAlive) = (sender, keepAlive);
            if (!TryQueue())
                return;
        }

        FanOut.Add(this);
    }

    /// <summary>Whether nothing waits and nothing is being sent.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_gate)
                return _state == SendState.Idle;
        }
    }

    /// <summary>Pings or cuts the socket, if that is due.</summary>
    internal void CheckKeepAlive() => Volatile.Read(ref _keepAlive)?.Check();

    /// <summary>Drops all waiting frames, and those still to come: the connection has ended.</summary>
    internal void Cancel()
    {
        lock (_gate)
        {
            _complete = true;
            _state = SendState.Sending;
            _mail.Clear();
        }
    }

    /// <summary>Sends what waits, unless that was done or is being done.</summary>
    internal void Send()
    {
        lock (_gate)
        {
            if (_state != SendState.Queued)
                return;
            _state = SendState.Sending;
        }

        _sender!.Send();
    }

    /// <summary>The next in the mailbox: a <see cref="Frame"/> or a sequence of them.</summary>
    internal bool TryTake([NotNullWhen(true)] out object? next)
    {
        lock (_gate)
        {
            if (!_mail.TryDequeue(out next))
                return false;
            if (next is Frame frame)
                _bytes -= frame.Length;
            return true;
        }
    }

    /// <summary>Whether nothing waits. <paramref name="forGood"/>: nothing more will come.</summary>
    internal bool IsEmpty(out bool forGood)
    {
        lock (_gate)
        {
            forGood = _complete;
            if (_mail.Count > 0)
                return false;
            // After the last frame it stays in Sending, so that nothing is sent after the close.
            if (!_complete)
                _state = SendState.Idle;
            if (_mail.Capacity > KeptCapacity)
                _mail.TrimExcess();
            return true;
        }
    }

    private bool TryQueue()
    {
        if (_state != SendState.Idle || _sender is null || (_mail.Count == 0 && !_complete))
            return false;
        _state = SendState.Queued;
        return true;
    }

    /// <summary>Nothing to send, about to be sent, or being sent.</summary>
    private enum SendState
    {
        Idle,
        Queued,
        Sending,
    }
}
