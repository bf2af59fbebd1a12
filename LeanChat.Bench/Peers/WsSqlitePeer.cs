using System.Diagnostics;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>The packages ws and better-sqlite3.</summary>
/// <param name="unit">What gets a transaction of its own: each `message`, or each `turn` of the event loop.</param>
internal sealed class WsSqlitePeer(string unit) : NodePeer("ws-sqlite", "ws@8", "better-sqlite3@12")
{
    private const string Ready = "ready";

    public override string Name => unit == "message" ? "ws-sqlite" : "ws-sqlite-turn";

    public override string Title => base.Title + (unit == "message" ? ", a commit each" : ", a commit per turn of the event loop");

    public override bool Stores => true;

    public override async Task<string?> PrepareAsync(FloodOptions options)
    {
        if (await base.PrepareAsync(options) is { } missing)
            return missing + " (better-sqlite3 may need a compiler; Debian: apt-get install g++ make python3 libnode-dev)";
        Shell.Unpack("messages.sql", Path.Combine(Folder, "messages.sql"));
        Shell.Unpack("insert.sql", Path.Combine(Folder, "insert.sql"));
        var start = Command("node", "-e", $"new (require('better-sqlite3'))(':memory:'); console.log('{Ready}')");
        start.WorkingDirectory = Folder;
        var output = await Shell.OutputAsync(start);
        return output?.Trim() == Ready
            ? null
            : $"better-sqlite3 does not load; delete {Folder} to install it again: {Shell.ErrorLine(output)}";
    }

    public override ProcessStartInfo Start(int port, string folder)
    {
        var start = base.Start(port, folder);
        start.ArgumentList.Add(File(folder));
        start.ArgumentList.Add(unit);
        return start;
    }

    public override StoredMessages Stored(string folder) => StoredMessages.Read(File(folder), "messages");

    public override Protocol CreateProtocol() => new WsProtocol(stores: true);

    private static string File(string folder) => Path.Combine(folder, "messages.db");
}
