using System.Collections.Concurrent;

namespace LeanChat.Live;

/// <summary>
/// Who listens to what. Publishing never waits and may miss a listener that has gone: the hub is a hint, the database the truth.
/// </summary>
internal sealed partial class Hub : IDisposable
{
    private readonly ILogger _log;
    private readonly Postman _postman;

    // Copied on change: publishing, the frequent thing, takes no lock.
    private readonly ConcurrentDictionary<string, Subscription[]> _topics = new();
    private readonly ConcurrentDictionary<Subscription, byte> _everyone = new();

    private readonly ConcurrentDictionary<ushort, long> _closed = new();
    private volatile Tuple<Frame, Goodbye>? _farewell;

    public Hub(ILogger<Hub> log) => (_log, _postman) = (log, new Postman(log));

    /// <summary>Sockets that ended since the start, by close code.</summary>
    public IReadOnlyDictionary<ushort, long> Closed => _closed;

    /// <summary>Open sockets.</summary>
    public int Count => _everyone.Count;

    /// <summary>A mailbox for a new socket, which can be found by <see cref="Dismiss"/> and <see cref="Farewell"/> until it leaves.</summary>
    public Subscription Enter(MailboxLimits limits)
    {
        var subscription = new Subscription(limits);
        _everyone.TryAdd(subscription, 0);
        // Who comes through the door while everybody is shown out goes with them.
        if (_farewell is var (last, goodbye))
            TellGoodbye(subscription, last, goodbye);
        return subscription;
    }

    public void Leave(Subscription subscription)
    {
        // Without a goodbye it was refused before it was a socket.
        if (_everyone.TryRemove(subscription, out _) && subscription.Goodbye is { } goodbye)
            _closed.AddOrUpdate(goodbye.Code, 1, static (_, count) => count + 1);
    }

    public void Subscribe(string topic, Subscription subscription) =>
        _topics.AddOrUpdate(topic, static (_, added) => [added], static (_, present, added) => [.. present, added], subscription);

    public void Unsubscribe(string topic, Subscription subscription)
    {
        while (_topics.TryGetValue(topic, out var present))
        {
            var rest = Array.FindAll(present, each => each != subscription);
            if (rest.Length == 0
                ? _topics.TryRemove(KeyValuePair.Create(topic, present))
                : _topics.TryUpdate(topic, rest, present))
                return;
        }
    }

    public bool Listens(string topic) => _topics.ContainsKey(topic);

    /// <summary>Runs <paramref name="publishing"/>; what it publishes to one socket leaves in one write.</summary>
    public void Gather(Action publishing) => _postman.Gather(publishing);

    /// <summary>Puts the same bytes into every listener's mailbox, but for the one who said it.</summary>
    public void Publish(string topic, Frame frame, Subscription? except = null)
    {
        if (_topics.TryGetValue(topic, out var listeners))
            Gather(() => Post(listeners, frame, except));
    }

    /// <summary>Puts the same bytes into every mailbox whose topic begins so.</summary>
    public void PublishAll(string prefix, Frame frame) => Gather(() =>
    {
        foreach (var (topic, listeners) in _topics)
        {
            if (topic.StartsWith(prefix, StringComparison.Ordinal))
                Post(listeners, frame, null);
        }
    });

    private static void Post(Subscription[] listeners, Frame frame, Subscription? except)
    {
        foreach (var listener in listeners)
        {
            if (listener != except)
                listener.Post(frame);
        }
    }

    /// <summary>Pings who has been silent, and ends who did not answer. To be called again and again.</summary>
    public void TakePulses() => Gather(() =>
    {
        foreach (var (subscription, _) in _everyone)
            TakePulse(subscription);
    });

    private void TakePulse(Subscription subscription)
    {
        try
        {
            subscription.TakePulse();
        }
        catch (Exception e)
        {
            // One line that cannot even be cut holds up nobody else's ping.
            LogPulseFailed(e);
        }
    }

    /// <summary>Ends every socket that goes by this key: a session that ended, a person who was removed.</summary>
    public void Dismiss(string key, Goodbye goodbye)
    {
        foreach (var (subscription, _) in _everyone)
        {
            if (subscription.Key == key)
                subscription.End(goodbye);
        }
    }

    /// <summary>Every key by which somebody here can be dismissed.</summary>
    public IReadOnlyList<string> Keys() => [.. _everyone.Keys.Select(subscription => subscription.Key).OfType<string>().Distinct()];

    /// <summary>Tells everybody, then ends every socket.</summary>
    public void Farewell(Frame last, Goodbye goodbye)
    {
        _farewell = new(last, goodbye);
        Gather(() =>
        {
            foreach (var (subscription, _) in _everyone)
                TellGoodbye(subscription, last, goodbye);
        });
    }

    private static void TellGoodbye(Subscription subscription, Frame last, Goodbye goodbye)
    {
        subscription.Post(last);
        subscription.End(goodbye);
    }

    public void Dispose() => _postman.Dispose();

    [LoggerMessage(LogLevel.Error, "A socket could not be pinged")]
    private partial void LogPulseFailed(Exception e);
}
