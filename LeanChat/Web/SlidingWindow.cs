using System.Collections.Concurrent;

namespace LeanChat.Web;

/// <summary>Counts by key within the last <paramref name="window"/>, on monotonic time.</summary>
internal sealed class SlidingWindow(TimeProvider clock, TimeSpan window)
{
    private const int SweepAt = 10_000;

    private readonly ConcurrentDictionary<string, Queue<long>> _times = new();

    /// <summary>Counts one, if below <paramref name="limit"/> (0: no limit); else false with the time until it is possible.</summary>
    public bool TryAdd(string key, int limit, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        if (limit == 0)
            return true;
        var times = Times(key);
        lock (times)
        {
            RemoveExpired(times);
            if (times.Count >= limit)
            {
                retryAfter = window - clock.GetElapsedTime(times.Peek());
                return false;
            }

            times.Enqueue(clock.GetTimestamp());
            return true;
        }
    }

    /// <summary>Whether <paramref name="key"/> has reached <paramref name="limit"/>.</summary>
    public bool IsFull(string key, int limit)
    {
        if (!_times.TryGetValue(key, out var times))
            return false;
        lock (times)
        {
            RemoveExpired(times);
            return times.Count >= limit;
        }
    }

    /// <summary>Removes the newest one: it should not count.</summary>
    public void RemoveNewest(string key)
    {
        var times = Times(key);
        lock (times)
        {
            var kept = times.Take(Math.Max(0, times.Count - 1)).ToArray();
            times.Clear();
            foreach (var time in kept)
                times.Enqueue(time);
        }
    }

    /// <summary>Removes all of <paramref name="key"/>.</summary>
    public void Clear(string key) => _times.TryRemove(key, out _);

    private Queue<long> Times(string key)
    {
        if (_times.Count > SweepAt)
            Sweep();
        return _times.GetOrAdd(key, static _ => new Queue<long>());
    }

    private void RemoveExpired(Queue<long> times)
    {
        while (times.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) >= window)
            times.Dequeue();
    }

    private void Sweep()
    {
        foreach (var (key, times) in _times)
        {
            lock (times)
            {
                RemoveExpired(times);
                if (times.Count == 0)
                    _times.TryRemove(key, out _);
            }
        }
    }
}
