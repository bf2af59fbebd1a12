using System.Numerics;

namespace LeanChat.Bench.Load;

/// <summary>Counts of times, exact to 1.6 %.</summary>
internal sealed class Histogram
{
    private const int SubBucketBits = 6;

    private readonly long[] _counts = new long[64 << SubBucketBits];
    private long _total;

    public void Add(long value)
    {
        _counts[Bucket(Math.Max(0, value))]++;
        _total++;
    }

    /// <summary>The value that <paramref name="percent"/> % of all values do not exceed.</summary>
    public long Percentile(double percent)
    {
        var left = (long)Math.Ceiling(_total * percent / 100);
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            left -= _counts[bucket];
            if (left <= 0)
                return Middle(bucket);
        }

        return 0;
    }

    private static int Bucket(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBucketBits);
        return (shift << SubBucketBits) + (int)(value >> shift);
    }

    private static long Middle(int bucket)
    {
        var shift = Math.Max(0, (bucket >> SubBucketBits) - 1);
        var value = (long)(bucket - (shift << SubBucketBits)) << shift;
        return value + (1L << shift >> 1);
    }
}
