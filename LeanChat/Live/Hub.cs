using System.Collections.Concurrent;
using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>
/// Who listens to what. Publishing never waits and may miss a listener that has gone. The truth is in the database; the hub is only fast.
/// </summary>
internal sealed partial class Hub : IDisposable
{
    private readonly ILogger _log;
    private readonly FanOut _fanOut;

    // Copied on every change, so that publishing, which is frequent, takes no lock.
    private readonly ConcurrentDictionary<string, Mailbox[]> _topics = new();
    private readonly ConcurrentDictionary<Mailbox, byte> _mailboxes = new();

    /// <summary>Those of subscriptions: a connection that has several is one socket all the same.</summary>
    private readonly ConcurrentDictionary<Mailbox, byte> _parts = new();

    private readonly ConcurrentDictionary<ushort, long> _closed = new();
    private volatile Tuple<Frame, CloseReason>? _closingWith;

    public Hub(ILogger<Hub> log) => (_log, _fanOut) = (log, new FanOut(log));

    /// <summary>Sockets that ended since the start, by close code.</summary>
    public IReadOnlyDictionary<ushort, long> Closed => _closed;

    /// <summary>Open sockets.</summary>
    public int Count => _mailboxes.Count;

    /// <summary>
    /// Makes the mailbox of a new socket. <see cref="CloseByKey"/> and <see cref="CloseAll"/> find it until <see cref="Unregister"/>.
    /// </summary>
    public Mailbox Register(MailboxLimits limits)
    {
        var mailbox = new Mailbox(limits);
        _mailboxes.TryAdd(mailbox, 0);
        // Sockets that arrive during a shutdown are closed too.
        if (_closingWith is var (last, reason))
            Close(mailbox, last, reason);
        return mailbox;
    }

    /// <summary>Makes the mailbox of one subscription of a socket. Only <see cref="CloseByKey"/> finds it.</summary>
    public Mailbox RegisterPart(Mailbox whole, MailboxLimits limits)
    {
        var part = new Mailbox(limits, whole);
        _parts.TryAdd(part, 0);
        return part;
    }

    public void Unregister(Mailbox mailbox)
    {
        _parts.TryRemove(mailbox, out _);
        // Without a close reason, it was rejected before it became a socket.
        if (_mailboxes.TryRemove(mailbox, out _) && mailbox.CloseReason is { } reason)
            _closed.AddOrUpdate(reason.Code, 1, static (_, count) => count + 1);
    }

    public void Subscribe(string topic, Mailbox mailbox) =>
        _topics.AddOrUpdate(topic, static (_, added) => [added], static (_, present, added) => [.. present, added], mailbox);

    public void Unsubscribe(string topic, Mailbox mailbox)
    {
        while (_topics.TryGetValue(topic, out var present))
        {
            var rest = Array.FindAll(present, each => each != mailbox);
            if (rest.Length == 0
                ? _topics.TryRemove(KeyValuePair.Create(topic, present))
                : _topics.TryUpdate(topic, rest, present))
                return;
        }
    }

    public bool HasListeners(string topic) => _topics.ContainsKey(topic);

    /// <summary>Runs <paramref name="publishing"/>; what it publishes to one socket leaves in one write.</summary>
    public void Batch(Action publishing) => _fanOut.Batch(publishing);

    /// <summary>Puts a frame into every listener's mailbox but <paramref name="except"/>.</summary>
    public void Publish(string topic, Frame frame, Mailbox? except = null)
    {
        if (_topics.TryGetValue(topic, out var listeners))
            Batch(() => Post(listeners, frame, except));
    }

    /// <summary>Puts a frame into every mailbox whose topic begins with <paramref name="prefix"/>.</summary>
    public void PublishToAll(string prefix, Frame frame) => Batch(() =>
    {
        foreach (var (topic, listeners) in _topics)
        {
            if (topic.StartsWith(prefix, StringComparison.Ordinal))
                Post(listeners, frame, null);
        }
    });

    private static void Post(Mailbox[] listeners, Frame frame, Mailbox? except)
    {
        foreach (var listener in listeners)
        {
            if (listener != except)
                listener.Post(frame);
        }
    }

    /// <summary>Pings silent sockets and cuts those that did not answer. To be called regularly.</summary>
    public void CheckKeepAlives() => Batch(() =>
    {
        foreach (var (mailbox, _) in _mailboxes)
            CheckKeepAlive(mailbox);
    });

    private void CheckKeepAlive(Mailbox mailbox)
    {
        try
        {
            mailbox.CheckKeepAlive();
        }
        catch (Exception e)
        {
            // The other sockets go on.
            LogPingFailed(e);
        }
    }

    /// <summary>Closes every socket with this key: its session ended, or its user was removed.</summary>
    public void CloseByKey(string key, CloseReason reason)
    {
        foreach (var (mailbox, _) in _mailboxes.Concat(_parts))
        {
            if (mailbox.Key == key)
                mailbox.End(reason);
        }
    }

    /// <summary>Every key of an open socket.</summary>
    public IReadOnlyList<string> Keys() =>
        [.. _mailboxes.Keys.Concat(_parts.Keys).Select(mailbox => mailbox.Key).OfType<string>().Distinct()];

    /// <summary>Sends a last frame to every socket, then closes it.</summary>
    public void CloseAll(Frame last, CloseReason reason)
    {
        _closingWith = new(last, reason);
        Batch(() =>
        {
            foreach (var (mailbox, _) in _mailboxes)
                Close(mailbox, last, reason);
        });
    }

    private static void Close(Mailbox mailbox, Frame last, CloseReason reason)
    {
        mailbox.Post(last);
        mailbox.End(reason);
    }

    public void Dispose() => _fanOut.Dispose();

    [LoggerMessage(LogLevel.Error, "A socket could not be pinged")]
    private partial void LogPingFailed(Exception e);
}
