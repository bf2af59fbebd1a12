using System.Diagnostics;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>LeanChat itself: every message committed and synced before anybody hears of it.</summary>
/// <param name="without">A setting under `Tuning:` that is switched off, or null.</param>
internal sealed class LeanChatPeer(string? without = null) : Peer
{
    private string _binary = "";
    private string _title = "LeanChat";

    public override string Name => without is null ? "leanchat" : "leanchat-without-" + without.ToLowerInvariant();

    /// <summary>What a part of LeanChat is worth is no part of the table of servers.</summary>
    public override bool IsOnlyNamed => without is not null;

    public override string Title => _title;

    public override bool NeedsUsers => true;

    public override bool Stores => true;

    public override async Task<string?> PrepareAsync(FloodOptions options)
    {
        _binary = options.Binary ?? Path.Combine(AppContext.BaseDirectory, "leanchat");
        if (!File.Exists(_binary))
            return $"there is no {_binary}";
        var version = (await Shell.OutputAsync(Command(_binary, "--version")))?.Trim().Split('+')[0];
        _title = $"LeanChat {version} ({(File.Exists(_binary + ".dll") ? "JIT" : "native")})"
            + (without is null ? "" : $", Tuning:{without}=false");
        return null;
    }

    public override ProcessStartInfo Start(int port, string folder)
    {
        var start = Command(_binary, "--data", Data(folder), "--urls", $"http://127.0.0.1:{Text(port)}");
        foreach (var limit in (string[])["MessagesPerMinute", "NewUsersPerHour", "SocketsPerUser", "SocketsPerAddress", "Sockets"])
            start.Environment["LeanChat__Limits__" + limit] = "0";
        if (without is not null)
            start.Environment["LeanChat__Tuning__" + without] = "false";
        return start;
    }

    public override Protocol CreateProtocol() => new LeanChatProtocol();

    public override StoredMessages Stored(string folder) =>
        StoredMessages.Read(Path.Combine(Data(folder), "leanchat.db"), "support_messages");

    private static string Data(string folder) => Path.Combine(folder, "data");
}
