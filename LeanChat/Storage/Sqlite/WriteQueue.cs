namespace LeanChat.Storage.Sqlite;

/// <summary>
/// A bounded queue. Two take from it: the writer's thread, which sleeps while it is empty, and threads that commit inline. The sleeper
/// does not spin first, as a channel's reader would: at the pace of a chat that costs more than the writes.
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

    /// <summary>
    /// False when too many wait, or it has ended. Without <paramref name="wake"/>, the caller takes the item out or wakes later.
    /// </summary>
    public bool TryAdd(T item, bool wake)
    {
        lock (_gate)
        {
            if (_ended || _queue.Count >= max)
                return false;
            _queue.Enqueue(item);
        }

        if (wake)
            Wake();
        return true;
    }

    /// <summary>Wakes the sleeping thread, if there is something to take.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_sleeping || _queue.Count == 0)
                return;
            _sleeping = false;
        }

        _wake.Set();
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

    /// <summary>
    /// Takes all items or none: none when there are more than <paramref name="max"/>, or one is not <paramref name="wanted"/>.
    /// </summary>
    public bool TryTakeAll(List<T> batch, int max, Func<T, bool> wanted)
    {
        lock (_gate)
        {
            if (_queue.Count > max || !_queue.All(wanted))
                return false;
            batch.AddRange(_queue);
            _queue.Clear();
            return batch.Count > 0;
        }
    }

    /// <summary>
    /// Waits until there is something to take. False when the time is over, another thread has taken it, or the queue has ended.
    /// </summary>
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
