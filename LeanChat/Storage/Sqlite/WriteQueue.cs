namespace LeanChat.Storage.Sqlite;

/// <summary>
/// A bounded queue. The writer's thread takes from it, and sleeps while it is empty. It does not spin first, as a channel's reader would:
/// at the pace of a chat that costs more than the writes.
/// </summary>
internal sealed class WriteQueue<T>(int max) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _queue = new();
    private readonly AutoResetEvent _wake = new(false);
    private bool _sleeping;
    private bool _ended;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _queue.Count;
        }
    }

    /// <summary>False when too many wait, or it has ended.</summary>
    public bool TryAdd(T item)
    {
        bool wake;
        lock (_gate)
        {
            if (_ended || _queue.Count >= max)
                return false;
            _queue.Enqueue(item);
            (wake, _sleeping) = (_sleeping, false);
        }

        if (wake)
            _wake.Set();
        return true;
    }

    /// <summary>Moves items into <paramref name="batch"/>, until that holds <paramref name="length"/>.</summary>
    public void Take(List<T> batch, int length)
    {
        lock (_gate)
        {
            while (batch.Count < length && _queue.TryDequeue(out var item))
                batch.Add(item);
        }
    }

    /// <summary>Waits until there is something to take. False when the time is over or the queue has ended.</summary>
    public bool Wait(TimeSpan time)
    {
        lock (_gate)
        {
            if (_queue.Count > 0 || _ended)
                return _queue.Count > 0;
            _sleeping = true;
        }

        _wake.WaitOne(time);
        return Count > 0;
    }

    /// <summary>Whether nothing more can be added.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
                return _ended;
        }
    }

    /// <summary>Ends adding; what waits can still be taken. False when it had ended before.</summary>
    public bool TryEnd()
    {
        lock (_gate)
        {
            if (_ended)
                return false;
            _ended = true;
        }

        _wake.Set();
        return true;
    }

    public void Dispose() => _wake.Dispose();
}
