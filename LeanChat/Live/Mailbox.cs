using System.Diagnostics.CodeAnalysis;
using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>
/// One listener's bounded mailbox. Posting never waits: a mailbox that overflows says goodbye to its listener, because
/// skipping a frame would be worse than a reconnect.
/// </summary>
internal sealed class Mailbox(MailboxLimits limits)
{
    /// <summary>An empty mailbox keeps room for this many: a burst's worth is given back.</summary>
    private const int RoomKept = 16;

    /// <summary>Frames that are worth a write: who posts many together carries these before the mailbox is full of them.</summary>
    private const int Burst = 64;

    private readonly Lock _gate = new();
    private readonly Queue<object> _mail = new();
    private CloseReason? _reason;
    private MailboxSender? _sender;
    private KeepAlive? _keepAlive;
    private int _bytes;
    private int _working;
    private bool _shut;
    private Turn _turn;

    /// <summary>By which it can be found to be dismissed; null while nobody knows who it is.</summary>
    public string? Key { get; private set; }

    /// <summary>Set once it is to end.</summary>
    public CloseReason? CloseReason => Volatile.Read(ref _reason);

    /// <summary>Names the listener. Known before it is looked up, it cannot be dismissed unnoticed in between.</summary>
    public void Know(string? key) => Key = key;

    /// <summary>Puts a frame into the mailbox, or ends a listener whose mailbox is full.</summary>
    public void Post(Frame frame) => Put(frame, frame.WebSocketBytes.Length);

    /// <summary>Puts a long sequence into the mailbox as one entry; it is drawn only as fast as the socket takes it.</summary>
    public void Post(IAsyncEnumerable<Frame> frames) => Put(frames, 0);

    private void Put(object mail, int bytes)
    {
        bool due, many;
        lock (_gate)
        {
            if (_shut)
                return;
            if (_mail.Count >= limits.Frames || _bytes + bytes > limits.Bytes)
            {
                EndInside(CloseReason.TooSlow);
            }
            else
            {
                _mail.Enqueue(mail);
                _bytes += bytes;
            }

            due = BecomesDue();
            many = _turn == Turn.Due && _mail.Count >= Math.Min(Burst, limits.Frames / 2);
        }

        if (many)
            Carry();
        else if (due)
            FanOut.Collect(this);
    }

    /// <summary>
    /// Ends the listener after what already waits for it and after the frames being worked on, whose answers still count, unless
    /// <see cref="CloseReason.Drops"/>. The first goodbye counts.
    /// </summary>
    public void End(CloseReason reason)
    {
        lock (_gate)
        {
            EndInside(reason);
            if (!BecomesDue())
                return;
        }

        FanOut.Collect(this);
    }

    private void EndInside(CloseReason reason)
    {
        _reason ??= reason;
        if (_reason.Drops)
            _mail.Clear();
        _shut |= _working == 0 || _reason.Drops;
    }

    /// <summary>Says that a received frame is being worked on; false when it is too late for that.</summary>
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

    /// <summary>Says that the frame being worked on will go on being worked on when its caller has finished.</summary>
    public void Hold()
    {
        lock (_gate)
            _working++;
    }

    /// <summary>Says that the work on a frame is done, its answer posted.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            _shut |= --_working == 0 && _reason is not null;
            if (!BecomesDue())
                return;
        }

        FanOut.Collect(this);
    }

    /// <summary>From now on there is somebody to carry the mail.</summary>
    internal void Attach(MailboxSender sender, KeepAlive keepAlive)
    {
        lock (_gate)
        {
            (_sender, _keepAlive) = (sender, keepAlive);
            if (!BecomesDue())
                return;
        }

        FanOut.Collect(this);
    }

    /// <summary>Whether there is nothing to carry.</summary>
    internal bool Rests
    {
        get
        {
            lock (_gate)
                return _turn == Turn.Resting;
        }
    }

    /// <summary>Looks whether the listener is still there.</summary>
    internal void CheckKeepAlive() => Volatile.Read(ref _keepAlive)?.Look();

    /// <summary>Nobody is there any more to read what waits, or what still comes.</summary>
    internal void Abandon()
    {
        lock (_gate)
        {
            _shut = true;
            _turn = Turn.Carried;
            _mail.Clear();
        }
    }

    /// <summary>Carries what waits, unless somebody has or does.</summary>
    internal void Carry()
    {
        lock (_gate)
        {
            if (_turn != Turn.Due)
                return;
            _turn = Turn.Carried;
        }

        _sender!.Carry();
    }

    /// <summary>The next in the mailbox: a <see cref="Frame"/> or a sequence of them.</summary>
    internal bool TryTake([NotNullWhen(true)] out object? next)
    {
        lock (_gate)
        {
            if (!_mail.TryDequeue(out next))
                return false;
            if (next is Frame frame)
                _bytes -= frame.WebSocketBytes.Length;
            return true;
        }
    }

    /// <summary>True when there is nothing more to carry: for now, or, <paramref name="forGood"/>, at all.</summary>
    internal bool IsEmpty(out bool forGood)
    {
        lock (_gate)
        {
            forGood = _shut;
            if (_mail.Count > 0)
                return false;
            // Who is through for good stays so: nobody shall carry after the close.
            if (!_shut)
                _turn = Turn.Resting;
            if (_mail.Capacity > RoomKept)
                _mail.TrimExcess();
            return true;
        }
    }

    private bool BecomesDue()
    {
        if (_turn != Turn.Resting || _sender is null || (_mail.Count == 0 && !_shut))
            return false;
        _turn = Turn.Due;
        return true;
    }

    /// <summary>Nothing to carry · somebody is going to · somebody does.</summary>
    private enum Turn
    {
        Resting,
        Due,
        Carried,
    }
}
