namespace LeanChat.Lines;

/// <summary>
/// A thread that waits for whatever happens on many sockets and lets each go on, right there. Nothing may block on it.
/// </summary>
internal sealed partial class Poll : IDisposable
{
    private const int AtOnce = 256;
    private const int Bell = -1;

    private readonly ILogger<Poll> _log;
    private readonly int _poll = Linux.NewPoll();
    private readonly int _bell = Linux.NewBell();
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly Thread _thread;
    private readonly (long Data, uint Events)[] _ready = new (long, uint)[AtOnce];
    private readonly Action<Action> _around;
    private IWatched?[] _watched = new IWatched?[64];
    private int _readyCount;
    private volatile bool _ended;

    /// <param name="number">For its thread's name.</param>
    /// <param name="around">Runs what has happened together, for whoever wants to treat it as one.</param>
    /// <param name="log">Hears of what went wrong.</param>
    public Poll(int number, Action<Action> around, ILogger<Poll> log)
    {
        (_around, _log) = (around, log);
        Linux.Watch(_poll, _bell, Linux.Readable, Bell);
        for (var place = _watched.Length - 1; place >= 0; place--)
            _free.Push(place);
        _thread = new Thread(Run) { Name = $"poll {number}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Watches a file from now on; tells the place by which it is known here.</summary>
    public int Watch(IWatched watched, int file, uint events)
    {
        int place;
        lock (_gate)
        {
            if (!_free.TryPop(out place))
                place = Grow();
            _watched[place] = watched;
        }

        Linux.Watch(_poll, file, events, place);
        return place;
    }

    /// <summary>Watches it again after an event that was to come only once.</summary>
    public void WatchAgain(int place, int file, uint events) => Linux.WatchAgain(_poll, file, events, place);

    /// <summary>Forgets a file that is about to be closed. What has happened to it just now may still reach who gets its place: that is nothing to them.</summary>
    public void Forget(int place)
    {
        lock (_gate)
        {
            _watched[place] = null;
            _free.Push(place);
        }
    }

    private int Grow()
    {
        var place = _watched.Length;
        var larger = new IWatched?[place * 2];
        _watched.CopyTo(larger, 0);
        Volatile.Write(ref _watched, larger);
        for (var free = larger.Length - 1; free > place; free--)
            _free.Push(free);
        return place;
    }

    private void Run()
    {
        Action round = GoThrough;
        while (!_ended)
        {
            _readyCount = Linux.Wait(_poll, _ready, Timeout.Infinite);
            _around(round);
        }
    }

    private void GoThrough()
    {
        for (var i = 0; i < _readyCount; i++)
        {
            if (_ready[i].Data != Bell)
                Go((int)_ready[i].Data, _ready[i].Events);
        }
    }

    private void Go(int place, uint events)
    {
        try
        {
            Volatile.Read(ref _watched)[place]?.Happened(events);
        }
        catch (Exception e)
        {
            // One of many: the others go on.
            LogFailed(e);
        }
    }

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        Linux.Ring(_bell);
        if (Thread.CurrentThread != _thread)
            _thread.Join();
        _ = Linux.Close(_bell);
        _ = Linux.Close(_poll);
    }

    [LoggerMessage(LogLevel.Error, "What happened on a line could not be worked on")]
    private partial void LogFailed(Exception e);
}

/// <summary>Something whose file is watched.</summary>
internal interface IWatched
{
    /// <summary>Something happened, as the bits of epoll say; or may have.</summary>
    void Happened(uint events);
}
