namespace LeanChat.Text;

/// <summary>How much of a time the shop was open.</summary>
internal sealed class OpenTime
{
    private readonly long[] _from;
    private readonly long[] _to;

    /// <summary>The seconds before each span; one more at the end: all of them.</summary>
    private readonly long[] _before;

    /// <param name="spans">When it is open, in order, in Unix time.</param>
    public OpenTime(IEnumerable<(long From, long To)> spans)
    {
        var all = spans.ToList();
        (_from, _to) = ([.. all.Select(span => span.From)], [.. all.Select(span => span.To)]);
        _before = new long[all.Count + 1];
        for (var each = 0; each < all.Count; each++)
            _before[each + 1] = _before[each] + _to[each] - _from[each];
    }

    /// <summary>The open seconds between two times.</summary>
    public double Between(DateTimeOffset from, DateTimeOffset to) => Until(to) - Until(from);

    private double Until(DateTimeOffset time)
    {
        var seconds = time.ToUnixTimeMilliseconds() / 1000.0;
        // The last span that begins before.
        var at = Array.BinarySearch(_from, (long)Math.Floor(seconds));
        var span = at >= 0 ? at : ~at - 1;
        return span < 0 ? 0 : _before[span] + Math.Min(seconds, _to[span]) - _from[span];
    }
}
