using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;

namespace LeanChat.Bench;

/// <summary>All results, in the order of the runs, and what is computed from them.</summary>
internal sealed class FloodResults
{
    private readonly Dictionary<(string Scenario, Peer Peer), List<LoadResult>> _results = [];

    /// <summary>Those where a message or a socket was lost.</summary>
    public IEnumerable<(string Scenario, Peer Peer, LoadResult Result)> Lost =>
        from each in _results from result in each.Value where result.Lost > 0 select (each.Key.Scenario, each.Key.Peer, result);

    public void Add(Scenario scenario, Peer peer, LoadResult result)
    {
        if (!_results.TryGetValue((scenario.Name, peer), out var list))
            _results[(scenario.Name, peer)] = list = [];
        list.Add(result);
    }

    /// <summary>One for each run; none where the scenario is not for this peer.</summary>
    public IReadOnlyList<LoadResult> Of(string scenario, Peer peer) => _results.GetValueOrDefault((scenario, peer)) ?? [];

    /// <summary>Null without results.</summary>
    public double? Median(Figure figure, Peer peer) =>
        Of(figure.Scenario, peer) is { Count: > 0 } results ? Median(results.Select(figure.Value)) : null;

    /// <summary>The median of one peer's figure divided by another's, taken run by run; null without results.</summary>
    public double? Ratio(Figure figure, Peer peer, Peer other)
    {
        var ratios = Of(figure.Scenario, peer).Zip(Of(figure.Scenario, other), (a, b) => figure.Value(a) / figure.Value(b)).ToList();
        return ratios.Count > 0 && Median(ratios) is var median && double.IsFinite(median) ? median : null;
    }

    /// <summary>The peer other than LeanChat that stores and has the best median; one that lost something does not count.</summary>
    public Peer? BestThatStores(Figure figure, IEnumerable<Peer> peers)
    {
        var candidates = peers.Where(peer => peer.Stores && peer is not LeanChatPeer && IsWhole(figure.Scenario, peer)).ToList();
        return figure.AtLeast
            ? candidates.MaxBy(peer => Median(figure, peer))
            : candidates.MinBy(peer => Median(figure, peer));
    }

    /// <summary>There are results, and nothing was lost in any run.</summary>
    public bool IsWhole(string scenario, Peer peer) =>
        Of(scenario, peer) is { Count: > 0 } results && results.All(result => result.Lost == 0);

    /// <summary>Messages found in the peer's databases after all runs.</summary>
    public long Stored(Peer peer) =>
        _results.Where(each => each.Key.Peer == peer).Sum(each => each.Value.Sum(result => result.Stored ?? 0));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
