using System.Collections.Concurrent;

namespace LeanChat.Transport;

/// <summary>
/// A thread that waits for whatever happens on many sockets and lets each go on, right there. Nothing may block on it.
/// </summary>
internal sealed partial class EventLoop : IDisposable
{
    private const int AtOnce = 256;
    private const int Bell = -1;

    private readonly ILogger<EventLoop> _log;
    private readonly int _poll = LinuxCalls.NewPoll();
    private readonly int _bell = LinuxCalls.NewBell();
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly Thread _thread;
    private readonly (long Data, uint Events)[] _ready = new (long, uint)[AtOnce];
    private readonly ConcurrentQueue<IPollable> _again = new();
    private readonly Action<Action> _around;
    private Place[] _places = new Place[64];
    private int _readyCount;
    private volatile bool _ended;

    /// <param name="number">For its thread's name.</param>
    /// <param name="around">Runs what has happened together, for whoever wants to treat it as one.</param>
    /// <param name="log">Hears of what went wrong.</param>
    public EventLoop(int number, Action<Action> around, ILogger<EventLoop> log)
    {
        (_around, _log) = (around, log);
        LinuxCalls.Watch(_poll, _bell, LinuxCalls.Readable, Bell);
        for (var place = _places.Length - 1; place >= 0; place--)
            _free.Push(place);
        _thread = new Thread(Run) { Name = $"poll {number}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Watches a file from now on; tells the number by which it is known here.</summary>
    public long Watch(IPollable watched, int file, uint events)
    {
        long known;
        lock (_gate)
        {
            if (!_free.TryPop(out var place))
                place = Grow();
            _places[place].Watched = watched;
            known = ((long)_places[place].Age << 32) | (uint)place;
        }

        try
        {
            LinuxCalls.Watch(_poll, file, events, known);
            return known;
        }
        catch
        {
            Forget(known);
            throw;
        }
    }

    /// <summary>Watches it again after an event that was to come only once.</summary>
    public void WatchAgain(long known, int file, uint events) => LinuxCalls.WatchAgain(_poll, file, events, known);

    /// <summary>Forgets a file that is about to be closed: what has happened to it just now is not told to who gets its place.</summary>
    public void Forget(long known)
    {
        lock (_gate)
        {
            ref var place = ref _places[(int)known];
            (place.Watched, place.Age) = (null, (place.Age + 1) & int.MaxValue);
            _free.Push((int)known);
        }
    }

    /// <summary>Comes back to who has more to do, once all others have had their turn.</summary>
    public void Again(IPollable watched)
    {
        _again.Enqueue(watched);
        lock (_gate)
        {
            // A connection may outlive its poll by a moment, and the bell's number be somebody else's by then.
            if (!_ended)
                LinuxCalls.Ring(_bell);
        }
    }

    private int Grow()
    {
        var place = _places.Length;
        Array.Resize(ref _places, place * 2);
        for (var free = _places.Length - 1; free > place; free--)
            _free.Push(free);
        return place;
    }

    private void Run()
    {
        Action round = GoThrough;
        while (!_ended)
        {
            _readyCount = LinuxCalls.Wait(_poll, _ready, Timeout.Infinite);
            try
            {
                _around(round);
            }
            catch (Exception e)
            {
                // Nobody else would go on with what waits here.
                LogFailed(e);
            }
        }
    }

    private void GoThrough()
    {
        for (var i = 0; i < _readyCount; i++)
        {
            if (_ready[i].Data == Bell)
                GoAgain();
            else
                Go(Find(_ready[i].Data), _ready[i].Events);
        }
    }

    private void GoAgain()
    {
        LinuxCalls.Silence(_bell);
        // Not who comes back during this round: that is for the next.
        for (var waiting = _again.Count; waiting > 0 && _again.TryDequeue(out var watched); waiting--)
            Go(watched, LinuxCalls.Readable);
    }

    private IPollable? Find(long known)
    {
        lock (_gate)
            return _places[(int)known] is { Watched: { } watched } place && place.Age == (int)(known >> 32) ? watched : null;
    }

    private void Go(IPollable? watched, uint events)
    {
        try
        {
            watched?.Happened(events);
        }
        catch (Exception e)
        {
            // One of many: the others go on.
            LogFailed(e);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_ended)
                return;
            _ended = true;
            LinuxCalls.Ring(_bell);
        }

        if (Thread.CurrentThread != _thread)
            _thread.Join();
        _ = LinuxCalls.Close(_bell);
        _ = LinuxCalls.Close(_poll);
    }

    [LoggerMessage(LogLevel.Error, "What happened on a line could not be worked on")]
    private partial void LogFailed(Exception e);

    /// <summary>Where somebody is found by a number; the age tells one from who had the place before.</summary>
    private struct Place
    {
        public IPollable? Watched;
        public int Age;
    }
}

/// <summary>Something whose file is watched.</summary>
internal interface IPollable
{
    /// <summary>Something happened, as the bits of epoll say; or may have.</summary>
    void Happened(uint events);
}
