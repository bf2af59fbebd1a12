using System.Globalization;
using LeanChat.Bench.Load;

namespace LeanChat.Bench;

/// <summary>A row of the table: what is taken from a scenario's results, and what LeanChat must reach.</summary>
internal sealed record Figure(string Title, string Scenario, Func<LoadResult, double> Value, Bar Bar, bool AtLeast = false)
{
    public static readonly IReadOnlyList<Figure> All =
    [
        new("one message to 1,000 sockets, as fast as it goes: µs of server CPU per delivery", "fanout", CpuPerDelivery, OfStoring(0.1)),
        new("the same at 20 messages a second: µs", "fanout20", CpuPerDelivery, OfStoring(0.8)),
        new("1,000 chats of two, as fast as it goes: µs", "pairs", CpuPerDelivery, OfStoring(0.7)),
        new("the same at 1,000 messages a second: µs", "pairs1000", CpuPerDelivery, OfStoring(0.8)),
        new("send → echo there: p50, ms", "pairs1000", result => result.P50, new(1)),
        new("send → echo there: p99, ms", "pairs1000", result => result.P99, new(5)),
        new("memory for an idle socket: kB", "idle", result => result.MemoryPerSocket, new(6)),
        new("sockets accepted per second", "accept", result => result.SocketsPerSecond, new(1, Against.Ws), AtLeast: true),
        new("stored messages per second, 256 senders", "store", MessagesPerSecond, new(20_000), AtLeast: true),
        new("the same with fsync 4 ms slower", "slowsync", MessagesPerSecond, new(10_000), AtLeast: true),
    ];

    public bool IsMet(double value) => AtLeast ? value >= Bar.Limit : value <= Bar.Limit;

    public static double CpuPerDelivery(LoadResult result) => result.ServerCpu * 1e6 / result.Deliveries;

    public static double MessagesPerSecond(LoadResult result) => result.Messages / result.Seconds;

    /// <summary>As many digits as mean something.</summary>
    public static string Format(double value) => value.ToString(
        value switch { < 10 => "0.##", < 100 => "0.#", _ => "#,0" }, CultureInfo.InvariantCulture);

    private static Bar OfStoring(double ratio) => new(ratio, Against.BestThatStores);
}
