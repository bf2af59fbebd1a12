using System.Collections.Concurrent;

namespace LeanChat.Web;

/// <summary>
/// Token buckets by key: each holds <paramref name="capacity"/> and is filled at <paramref name="perSecond"/>. Time is
/// monotonic, so setting the system clock has no effect.
/// </summary>
internal sealed class TokenBucket(TimeProvider clock, double capacity, double perSecond)
{
    private const int SweepAt = 10_000;

    private readonly ConcurrentDictionary<string, Level> _levels = new();

    /// <summary>Takes one token; false with the time until there is one.</summary>
    public bool TryTake(string key, out TimeSpan retryAfter)
    {
        var now = clock.GetTimestamp();
        var level = _levels.GetOrAdd(key, static (_, start) => new Level { Tokens = start.capacity, At = start.now }, (capacity, now));
        if (_levels.Count > SweepAt)
            Sweep(now);
        lock (level)
        {
            level.Tokens = Fill(level, now);
            level.At = now;
            retryAfter = TimeSpan.FromSeconds(Math.Max(0, 1 - level.Tokens) / perSecond);
            if (level.Tokens < 1)
                return false;
            level.Tokens--;
            return true;
        }
    }

    /// <summary>Returns a token that was taken.</summary>
    public void GiveBack(string key)
    {
        if (!_levels.TryGetValue(key, out var level))
            return;
        lock (level)
            level.Tokens = Math.Min(capacity, level.Tokens + 1);
    }

    private double Fill(Level level, long now) =>
        Math.Min(capacity, level.Tokens + clock.GetElapsedTime(level.At, now).TotalSeconds * perSecond);

    private void Sweep(long now)
    {
        foreach (var (key, level) in _levels)
        {
            // A full bucket is the same as a new one.
            if (Fill(level, now) >= capacity)
                _levels.TryRemove(key, out _);
        }
    }

    private sealed class Level
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}
