using System.Numerics;
using LeanChat.Text;

namespace LeanChat.Bench.Load;

/// <summary>Counts of times, exact to 1.6 %.</summary>
internal sealed class Histogram
{
    private const int Fine = 6;

    private readonly long[] _counts = new long[64 << Fine];
    private long _total;

    public void Add(long value)
    {
        _counts[Slot(Math.Max(0, value))]++;
        _total++;
    }

    /// <summary>The value that so many of a hundred are not above.</summary>
    public long Percentile(double percent)
    {
        var left = (long)Math.Ceiling(_total * percent / 100);
        for (var slot = 0; slot < _counts.Length; slot++)
        {
            left -= _counts[slot];
            if (left <= 0)
                return Middle(slot);
        }

        return 0;
    }

    private static int Slot(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - Fine);
        return (shift << Fine) + (int)(value >> shift);
    }

    private static long Middle(int slot)
    {
        var shift = Math.Max(0, (slot >> Fine) - 1);
        var value = (long)(slot - (shift << Fine)) << shift;
        return value + (1L << shift >> 1);
    }
}
