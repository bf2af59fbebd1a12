using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;
using LeanChat.Text;

namespace LeanChat.Bench;

/// <summary>The results, and how they are shown: Markdown, medians, each figure of LeanChat beside what it must reach.</summary>
internal sealed class FloodTable(FloodOptions options)
{
    private readonly List<(Scenario Scenario, Peer Peer, LoadResult Result)> _results = [];
    private readonly List<string> _skipped = [];

    /// <summary>Somebody lost a message or a socket.</summary>
    public bool Lost => _results.Any(each => each.Result.Lost > 0);

    public void Skip(string reason)
    {
        _skipped.Add(reason);
        Console.Error.WriteLine("skipped " + reason);
    }

    public void Add(Scenario scenario, Peer peer, LoadResult result) => _results.Add((scenario, peer, result));

    /// <summary>One result in one line.</summary>
    public static string Line(LoadResult result) => string.Create(CultureInfo.InvariantCulture, $"{What(result)}; load program {result.OwnCpu / result.Seconds:0%} of a core{(result.Lost == 0 ? "" : $"; LOST {result.Lost}: {result.Trouble}")}");

    private static string What(LoadResult result) => result switch
    {
        { SocketsPerSecond: > 0 } => $"{Figure.Say(result.SocketsPerSecond)} sockets/s, {Figure.Say(result.MemoryPerSocket)} kB each",
        { Deliveries: > 0 } => $"{Figure.Say(Figure.CpuPerDelivery(result))} µs, {Figure.Say(result.Deliveries / result.Seconds)} deliveries/s, {Figure.Say(Figure.MessagesPerSecond(result))} messages/s, p50 {Figure.Say(result.P50)} ms, p99 {Figure.Say(result.P99)} ms, {result.WireLength} B",
        _ => "nothing came",
    };

    /// <summary>A row for each figure, a column for each peer.</summary>
    public string Summary(IReadOnlyList<Scenario> scenarios, IReadOnlyList<Peer> peers)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}; medians of {options.Runs}, taken side by side.\n\n");
        Row(text, ["", .. peers.Select(peer => peer.Title), "LeanChat must"]);
        Row(text, ["---", .. peers.Select(_ => "---:"), "---:"]);
        foreach (var figure in Figure.All.Where(figure => scenarios.Any(scenario => scenario.Name == figure.Scenario)))
            Row(text, [figure.Title, .. peers.Select(peer => Cell(figure, peer)), figure.BarText]);
        foreach (var each in _skipped)
            text.Append(CultureInfo.InvariantCulture, $"\nNot measured: {each}\n");
        foreach (var (scenario, peer, result) in _results.Where(each => each.Result.Lost > 0))
            text.Append(CultureInfo.InvariantCulture, $"\n† {peer.Name}, {scenario.Name}: {result.Lost} lost; {result.Trouble}\n");
        return text.ToString();
    }

    /// <summary>All that was seen, a row for each scenario and peer.</summary>
    public string Details(IReadOnlyList<Scenario> scenarios, IReadOnlyList<Peer> peers)
    {
        var text = new StringBuilder();
        Row(text, ["scenario", "peer", "µs of CPU per delivery", "deliveries/s", "messages/s", "p50 ms", "p99 ms", "bytes", "sockets/s", "kB per socket", "load program's core"]);
        Row(text, ["---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:"]);
        foreach (var scenario in scenarios)
        {
            foreach (var peer in peers.Where(peer => Of(scenario.Name, peer).Count > 0))
                Row(text, Medians(scenario, peer));
        }

        return text.ToString();
    }

    private string Cell(Figure figure, Peer peer)
    {
        var results = Of(figure.Scenario, peer);
        if (results.Count == 0)
            return "–";
        var value = Figure.Median(results.Select(figure.Value));
        if (!double.IsFinite(value))
            return "†";
        var mark = peer is not LeanChatPeer ? "" : figure.IsMet(value) && !results.Exists(result => result.Lost > 0) ? " ✓" : " ✗";
        return (mark.Length > 0 ? $"**{Figure.Say(value)}**{mark}" : Figure.Say(value)) + (results.Exists(result => result.Lost > 0) ? " †" : "");
    }

    private IEnumerable<string> Medians(Scenario scenario, Peer peer)
    {
        var results = Of(scenario.Name, peer);
        string Median(Func<LoadResult, double> value) => Figure.Median(results.Select(value)) is var median && double.IsFinite(median) && median > 0 ? Figure.Say(median) : "";
        return
        [
            scenario.Name, peer.Name, Median(Figure.CpuPerDelivery), Median(result => result.Deliveries / result.Seconds),
            scenario.Work == LoadKind.Messages ? Median(Figure.MessagesPerSecond) : "", Median(result => result.P50), Median(result => result.P99),
            Median(result => result.WireLength), Median(result => result.SocketsPerSecond), scenario.Work == LoadKind.Idle ? Median(result => result.MemoryPerSocket) : "",
            Figure.Median(results.Select(result => result.OwnCpu / result.Seconds)).ToString("0%", CultureInfo.InvariantCulture),
        ];
    }

    private List<LoadResult> Of(string scenario, Peer peer) => [.. _results.Where(each => each.Scenario.Name == scenario && each.Peer == peer).Select(each => each.Result)];

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
