using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;

namespace LeanChat.Bench;

/// <summary>Shows the results as Markdown: medians, LeanChat beside its peers, and the bar that each of its figures must reach.</summary>
internal sealed class FloodTable(FloodOptions options, FloodResults results, IReadOnlyList<Scenario> scenarios, IReadOnlyList<Peer> peers)
{
    private readonly Peer? _leanChat = peers.FirstOrDefault(peer => peer is LeanChatPeer);

    /// <summary>A row for each figure, a column for each peer; then what was left out, lost and stored.</summary>
    public string Summary(IEnumerable<string> skipped)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}; ");
        text.Append(CultureInfo.InvariantCulture, $"medians of {options.Runs}, taken side by side.\n\n");
        Row(text, ["", .. peers.Select(peer => peer.Title), "LeanChat ÷ best that stores, or ws", "LeanChat must"]);
        Row(text, ["---", .. peers.Select(_ => "---:"), "---:", "---:"]);
        foreach (var figure in Figure.All.Where(figure => scenarios.Any(scenario => scenario.Name == figure.Scenario)))
        {
            var cells = peers.Select(peer => Cell(figure, peer));
            Row(text, [figure.Title, .. cells, RatioCell(figure), figure.Bar.Text(figure.AtLeast) + Mark(figure)]);
        }


        foreach (var each in skipped)
            text.Append(CultureInfo.InvariantCulture, $"\nNot measured: {each}\n");
        foreach (var (scenario, peer, result) in results.Lost)
            text.Append(CultureInfo.InvariantCulture, $"\n† {peer.Name}, {scenario}: {result.Lost} lost; {result.Error}\n");
        var stored = peers.Where(peer => results.Stored(peer) > 0).Select(peer => $"{peer.Name} {results.Stored(peer):N0}").ToList();
        if (stored.Count > 0)
        {
            var but = results.Lost.Any() ? ", but for those marked †" : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"\nFound in the databases, all that was sent, numbered 1, 2, 3 … in each chat{but}: {string.Join(", ", stored)}.\n");
        }

        return text.ToString();
    }

    /// <summary>All that was seen, a row for each scenario and peer.</summary>
    public string Details()
    {
        var text = new StringBuilder();
        Row(text, [
            "scenario", "peer", "µs of CPU per delivery", "deliveries/s", "messages/s", "p50 ms", "p99 ms", "bytes", "sockets/s",
            "kB per socket", "load program's core"]);
        Row(text, ["---", "---", .. Enumerable.Repeat("---:", 9)]);
        foreach (var scenario in scenarios)
        {
            foreach (var peer in peers.Where(peer => results.Of(scenario.Name, peer).Count > 0))
                Row(text, Medians(scenario, peer));
        }

        return text.ToString();
    }

    /// <summary>One result in one line.</summary>
    public static string Line(LoadResult result)
    {
        var what = result switch
        {
            { SocketsPerSecond: > 0 } =>
                $"{Figure.Format(result.SocketsPerSecond)} sockets/s, {Figure.Format(result.MemoryPerSocket)} kB each",
            { Deliveries: > 0 } => $"{Figure.Format(Figure.CpuPerDelivery(result))} µs, "
                + $"{Figure.Format(result.Deliveries / result.Seconds)} deliveries/s, "
                + $"{Figure.Format(Figure.MessagesPerSecond(result))} messages/s, "
                + $"p50 {Figure.Format(result.P50)} ms, p99 {Figure.Format(result.P99)} ms, {result.WireLength} B",
            _ => "nothing came",
        };
        var stored = result.Stored is null ? "" : FormattableString.Invariant($"; {result.Stored:N0} of {result.Sent:N0} in the database");
        var lost = result.Lost == 0 ? "" : $"; LOST {result.Lost}: {result.Error}";
        return FormattableString.Invariant($"{what}; load program {result.OwnCpu / result.Seconds:0%} of a core{stored}{lost}");
    }

    private string Cell(Figure figure, Peer peer)
    {
        if (results.Median(figure, peer) is not { } value)
            return "–";
        if (!double.IsFinite(value))
            return "†";
        var text = Figure.Format(value);
        return (peer == _leanChat ? $"**{text}**" : text) + (results.IsWhole(figure.Scenario, peer) ? "" : " †");
    }

    /// <summary>Taken to ws where that is what the bar wants.</summary>
    private string RatioCell(Figure figure)
    {
        var other = figure.Bar.Against == Against.Ws ? Ws : results.BestThatStores(figure, peers);
        return other is not null && Ratio(figure, other) is { } ratio ? $"{Figure.Format(ratio)} × {other.Name}" : "–";
    }

    /// <summary>Whether LeanChat reaches the bar; empty where it was not measured or the peer to compare with is missing.</summary>
    private string Mark(Figure figure)
    {
        if (_leanChat is null || results.Of(figure.Scenario, _leanChat).Count == 0)
            return "";
        var value = figure.Bar.Against switch
        {
            Against.BestThatStores => results.BestThatStores(figure, peers) is { } best ? Ratio(figure, best) : null,
            Against.Ws => Ws is { } ws ? Ratio(figure, ws) : null,
            _ => results.Median(figure, _leanChat),
        };
        return value is null ? "" : figure.IsMet(value.Value) && results.IsWhole(figure.Scenario, _leanChat) ? " ✓" : " ✗";
    }

    private Peer? Ws => peers.FirstOrDefault(peer => peer is WsPeer);

    private double? Ratio(Figure figure, Peer other) => _leanChat is null ? null : results.Ratio(figure, _leanChat, other);

    private IEnumerable<string> Medians(Scenario scenario, Peer peer)
    {
        var all = results.Of(scenario.Name, peer);
        string Median(Func<LoadResult, double> value) =>
            FloodResults.Median(all.Select(value)) is var median && double.IsFinite(median) && median > 0 ? Figure.Format(median) : "";
        return
        [
            scenario.Name,
            peer.Name,
            Median(Figure.CpuPerDelivery),
            Median(result => result.Deliveries / result.Seconds),
            scenario.Work == LoadKind.Messages ? Median(Figure.MessagesPerSecond) : "",
            Median(result => result.P50),
            Median(result => result.P99),
            Median(result => result.WireLength),
            Median(result => result.SocketsPerSecond),
            scenario.Work == LoadKind.Idle ? Median(result => result.MemoryPerSocket) : "",
            FloodResults.Median(all.Select(result => result.OwnCpu / result.Seconds)).ToString("0%", CultureInfo.InvariantCulture),
        ];
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
