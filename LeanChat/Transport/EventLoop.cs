using System.Collections.Concurrent;

namespace LeanChat.Transport;

/// <summary>A thread that waits for events on many sockets and runs their work itself. Only short work may run on it.</summary>
internal sealed partial class EventLoop : IDisposable
{
    private const int MaxEvents = 256;
    private const int WakeUp = -1;

    private readonly ILogger<EventLoop> _log;
    private readonly int _epoll = LinuxCalls.NewEpoll();

    /// <summary>An eventfd: it wakes the loop.</summary>
    private readonly int _wakeUp = LinuxCalls.NewEventFile();

    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly Thread _thread;
    private readonly (long Data, uint Events)[] _ready = new (long, uint)[MaxEvents];
    private readonly ConcurrentQueue<IEventReceiver> _requeued = new();
    private Slot[] _slots = new Slot[64];
    private int _readyCount;
    private volatile bool _ended;

    /// <param name="number">For its thread's name.</param>
    /// <param name="log">Gets exceptions of the work.</param>
    public EventLoop(int number, ILogger<EventLoop> log)
    {
        _log = log;
        LinuxCalls.Watch(_epoll, _wakeUp, LinuxCalls.Readable, WakeUp);
        for (var slot = _slots.Length - 1; slot >= 0; slot--)
            _free.Push(slot);
        _thread = new Thread(Run) { Name = $"event loop {number}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Watches a file from now on. Returns the key of its slot.</summary>
    public long Watch(IEventReceiver watched, int file, uint events)
    {
        long key;
        lock (_gate)
        {
            if (!_free.TryPop(out var slot))
                slot = Grow();
            _slots[slot].Watched = watched;
            key = ((long)_slots[slot].Age << 32) | (uint)slot;
        }

        try
        {
            LinuxCalls.Watch(_epoll, file, events, key);
            return key;
        }
        catch
        {
            Forget(key);
            throw;
        }
    }

    /// <summary>Watches it again after an event with <see cref="LinuxCalls.Once"/>.</summary>
    public void WatchAgain(long key, int file, uint events) => LinuxCalls.WatchAgain(_epoll, file, events, key);

    /// <summary>
    /// Stops watching a file that is about to be closed. Events still queued for it do not reach the next user of its slot.
    /// </summary>
    public void Forget(long key)
    {
        lock (_gate)
        {
            ref var slot = ref _slots[(int)key];
            (slot.Watched, slot.Age) = (null, (slot.Age + 1) & int.MaxValue);
            _free.Push((int)key);
        }
    }

    /// <summary>Calls it again after all others had their turn.</summary>
    public void Requeue(IEventReceiver watched)
    {
        _requeued.Enqueue(watched);
        lock (_gate)
        {
            // A connection may outlive its event loop by a moment. By then, another file may have the eventfd's number.
            if (!_ended)
                LinuxCalls.Signal(_wakeUp);
        }
    }

    private int Grow()
    {
        var slot = _slots.Length;
        Array.Resize(ref _slots, slot * 2);
        for (var free = _slots.Length - 1; free > slot; free--)
            _free.Push(free);
        return slot;
    }

    private void Run()
    {
        while (!_ended)
        {
            _readyCount = LinuxCalls.Wait(_epoll, _ready, Timeout.Infinite);
            try
            {
                HandleEvents();
            }
            catch (Exception e)
            {
                // This thread must go on: no other serves these sockets.
                LogFailed(e);
            }
        }
    }

    private void HandleEvents()
    {
        for (var i = 0; i < _readyCount; i++)
        {
            if (_ready[i].Data == WakeUp)
                HandleRequeued();
            else
                Handle(Find(_ready[i].Data), _ready[i].Events);
        }
    }

    private void HandleRequeued()
    {
        LinuxCalls.ClearSignal(_wakeUp);
        // Those queued again during this round wait for the next.
        for (var waiting = _requeued.Count; waiting > 0 && _requeued.TryDequeue(out var watched); waiting--)
            Handle(watched, LinuxCalls.Readable);
    }

    private IEventReceiver? Find(long key)
    {
        lock (_gate)
            return _slots[(int)key] is { Watched: { } watched } slot && slot.Age == (int)(key >> 32) ? watched : null;
    }

    private void Handle(IEventReceiver? watched, uint events)
    {
        try
        {
            watched?.OnEvents(events);
        }
        catch (Exception e)
        {
            // The other sockets go on.
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
            LinuxCalls.Signal(_wakeUp);
        }

        if (Thread.CurrentThread != _thread)
            _thread.Join();
        _ = LinuxCalls.Close(_wakeUp);
        _ = LinuxCalls.Close(_epoll);
    }

    [LoggerMessage(LogLevel.Error, "An event on a connection could not be handled")]
    private partial void LogFailed(Exception e);

    /// <summary>A slot for a watched file. Its age tells it from the slot's former user.</summary>
    private struct Slot
    {
        public IEventReceiver? Watched;
        public int Age;
    }
}

/// <summary>Something whose file an event loop watches.</summary>
internal interface IEventReceiver
{
    /// <summary>Handles events, as epoll's bits. They may come although nothing happened.</summary>
    void OnEvents(uint events);
}
