using LeanChat.Text;

namespace LeanChat.Storage;

/// <summary>A histogram with fixed steps. One thread at a time may add; any may read.</summary>
internal sealed class Histogram(params double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>The upper ends of the steps. One more step, without an end, follows the last.</summary>
    public IReadOnlyList<double> Bounds => bounds;

    public double Sum => Volatile.Read(ref _sum);

    /// <summary>How many fell into each step.</summary>
    public long[] Counts() => [.. _counts.Select((_, step) => Volatile.Read(ref _counts[step]))];

    public void Add(double value)
    {
        var step = 0;
        while (step < bounds.Length && value > bounds[step])
            step++;
        Volatile.Write(ref _counts[step], _counts[step] + 1);
        Volatile.Write(ref _sum, _sum + value);
    }
}
