namespace LeanChat.Storage.Sqlite;

/// <summary>
/// A bounded queue with one taker, which sleeps when there is nothing to do. It does not spin first, as a channel's taker would:
/// at the pace of a chat that costs more than the writes.
/// </summary>
internal sealed class WriteQueue<T>(int most) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _queue = new();
    private readonly AutoResetEvent _bell = new(false);
    private bool _asleep;
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

    /// <summary>False when too many wait, or it has ended. Whoever does not <paramref name="wake"/> takes it out again, or rings later.</summary>
    public bool TryAdd(T item, bool wake)
    {
        lock (_gate)
        {
            if (_ended || _queue.Count >= most)
                return false;
            _queue.Enqueue(item);
        }

        if (wake)
            Wake();
        return true;
    }

    /// <summary>Wakes the taker, if there is something to take.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_asleep || _queue.Count == 0)
                return;
            _asleep = false;
        }

        _bell.Set();
    }

    /// <summary>Moves what waits into <paramref name="batch"/>, until that holds <paramref name="length"/>.</summary>
    public void Take(List<T> batch, int length)
    {
        lock (_gate)
        {
            while (batch.Count < length && _queue.TryDequeue(out var item))
                batch.Add(item);
        }
    }

    /// <summary>The same for whoever wants all of it or nothing: false when there are more than <paramref name="most"/>, or one of another kind.</summary>
    public bool TryTakeAll(List<T> batch, int most, Func<T, bool> wanted)
    {
        lock (_gate)
        {
            if (_queue.Count > most || !_queue.All(wanted))
                return false;
            batch.AddRange(_queue);
            _queue.Clear();
            return batch.Count > 0;
        }
    }

    /// <summary>Waits until there is something to take: true. False when the time is over, when somebody else has taken it, or when it has ended.</summary>
    public bool Wait(TimeSpan time)
    {
        lock (_gate)
        {
            if (_queue.Count > 0 || _ended)
                return _queue.Count > 0;
            _asleep = true;
        }

        _bell.WaitOne(time);
        return Count > 0;
    }

    /// <summary>Whether nothing more is taken in.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
                return _ended;
        }
    }

    /// <summary>Takes nothing more in; what waits can still be taken. False when that was said before.</summary>
    public bool TryEnd()
    {
        lock (_gate)
        {
            if (_ended)
                return false;
            _ended = true;
        }

        _bell.Set();
        return true;
    }

    public void Dispose() => _bell.Dispose();
}
