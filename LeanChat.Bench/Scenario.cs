using LeanChat.Bench.Load;

namespace LeanChat.Bench;

/// <summary>One kind of load.</summary>
/// <param name="Name">On the command socket.</param>
/// <param name="Topics">Chats; 0: as many as `--sockets` says.</param>
/// <param name="Members">Sockets in each.</param>
/// <param name="Rate">Messages a second in all; 0: as fast as they are delivered.</param>
/// <param name="Work">What is measured.</param>
internal sealed record Scenario(string Name, int Topics, int Members, double Rate = 0, LoadKind Work = LoadKind.Messages)
{
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("fanout", 1, 1000) { UsesWindow = true },
        new("fanout20", 1, 1000, Rate: 20),
        new("pairs", 1000, 2),
        new("pairs1000", 1000, 2, Rate: 1000),
        new("idle", 0, 1, Work: LoadKind.Idle),
        new("accept", 0, 1, Work: LoadKind.Accept),
        new("store", 256, 1) { Stores = true },
        new("slowsync", 256, 1) { Stores = true, SlowSync = true },
    ];

    /// <summary>More than one message of a chat may be under way.</summary>
    public bool UsesWindow { get; init; }

    /// <summary>Only for peers that store.</summary>
    public bool Stores { get; init; }

    /// <summary>With a disk that takes 4 ms longer to sync.</summary>
    public bool SlowSync { get; init; }

    public LoadRequest Request(string peer, Server server, FloodOptions options) => new(
        peer,
        server.Port,
        server.Folder,
        server.Id,
        Topics == 0 ? options.Sockets : Topics,
        Members,
        Rate,
        UsesWindow ? options.Window : 1,
        Work,
        options.Seconds,
        options.WarmUp);
}
