using System.Collections.Concurrent;

namespace LeanChat.Live;

/// <summary>Counts what is in use, by key, up to a limit.</summary>
internal sealed class ConcurrencyLimiter
{
    private readonly ConcurrentDictionary<string, int> _taken = new();

    /// <summary>
    /// Takes a place unless <paramref name="limit"/> are taken; 0 means no limit. <paramref name="taken"/> counts them now.
    /// </summary>
    public bool TryTake(string key, int limit, out int taken)
    {
        while (true)
        {
            var present = Taken(key);
            if (limit > 0 && present >= limit)
            {
                taken = present;
                return false;
            }

            taken = present + 1;
            if (present == 0 ? _taken.TryAdd(key, 1) : _taken.TryUpdate(key, taken, present))
                return true;
        }
    }

    /// <summary>Gives a place back. Returns how many are still taken.</summary>
    public int Release(string key)
    {
        while (true)
        {
            var present = Taken(key);
            if (present <= 1
                ? _taken.TryRemove(KeyValuePair.Create(key, present)) || present == 0
                : _taken.TryUpdate(key, present - 1, present))
                return Math.Max(0, present - 1);
        }
    }

    public int Taken(string key) => _taken.GetValueOrDefault(key);
}
