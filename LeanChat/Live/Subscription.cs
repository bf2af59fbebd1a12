using System.Threading.Channels;

namespace LeanChat.Live;

/// <summary>
/// One listener's bounded mailbox. Posting never waits: a mailbox that overflows says goodbye to its listener, because
/// skipping a frame would be worse than a reconnect.
/// </summary>
internal sealed class Subscription(MailboxLimits limits)
{
    private readonly Lock _gate = new();

    private readonly Channel<object> _mail = Channel.CreateBounded<object>(
        // Wait: the drop modes would return true and lose the frame.
        new BoundedChannelOptions(limits.Frames) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private Goodbye? _goodbye;
    private bool _working;
    private int _bytes;

    /// <summary>By which it can be found to be dismissed; null while nobody knows who it is.</summary>
    public string? Key { get; private set; }

    /// <summary>Set once it is to end.</summary>
    public Goodbye? Goodbye => Volatile.Read(ref _goodbye);

    internal ChannelReader<object> Mail => _mail.Reader;

    /// <summary>Names the listener. Known before it is looked up, it cannot be dismissed unnoticed in between.</summary>
    public void Know(string? key) => Key = key;

    /// <summary>Puts a frame into the mailbox, or ends a listener whose mailbox is full.</summary>
    public void Post(Frame frame)
    {
        if (Interlocked.Add(ref _bytes, frame.Wire.Length) > limits.Bytes || !_mail.Writer.TryWrite(frame))
            End(Goodbye.TooSlow);
    }

    /// <summary>Puts a long sequence into the mailbox as one entry; it is drawn only as fast as the socket takes it.</summary>
    public void Post(IAsyncEnumerable<Frame> frames)
    {
        if (!_mail.Writer.TryWrite(frames))
            End(Goodbye.TooSlow);
    }

    /// <summary>
    /// Ends the listener after what already waits for it and after the frame being worked on, whose answer still counts, unless
    /// <see cref="Goodbye.Drops"/>. The first goodbye counts.
    /// </summary>
    public void End(Goodbye goodbye)
    {
        lock (_gate)
        {
            _goodbye ??= goodbye;
            if (!_working || _goodbye.Drops)
                _mail.Writer.TryComplete();
        }
    }

    /// <summary>Says that a received frame is being worked on; false when it is too late for that.</summary>
    internal bool TryBegin()
    {
        lock (_gate)
            return _working = _goodbye is null;
    }

    internal void Finish()
    {
        lock (_gate)
        {
            _working = false;
            if (_goodbye is not null)
                _mail.Writer.TryComplete();
        }
    }

    internal void Sent(int bytes) => Interlocked.Add(ref _bytes, -bytes);
}
