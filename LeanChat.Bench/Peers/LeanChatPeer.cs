using System.Diagnostics;
using System.Globalization;
using LeanChat.Bench.Load;
using Microsoft.Data.Sqlite;

namespace LeanChat.Bench.Peers;

/// <summary>LeanChat itself: every message committed and synced before anybody hears of it.</summary>
internal sealed class LeanChatPeer : Peer
{
    private string _binary = "";
    private string _title = "LeanChat";

    public override string Name => "leanchat";

    public override string Title => _title;

    public override bool KnowsUsers => true;

    public override async Task<string?> PrepareAsync(FloodOptions options)
    {
        _binary = options.Binary ?? Path.Combine(AppContext.BaseDirectory, "leanchat");
        if (!File.Exists(_binary))
            return $"there is no {_binary}";
        _title = "LeanChat " + (await Shell.OutputAsync(Command(_binary, "--version")))?.Trim().Split('+')[0] + (File.Exists(_binary + ".dll") ? " (JIT)" : " (native)");
        return null;
    }

    public override ProcessStartInfo Start(int port, string folder)
    {
        var start = Command(_binary, "--data", Data(folder), "--urls", $"http://127.0.0.1:{Text(port)}");
        foreach (var limit in (string[])["MessagesPerMinute", "NewUsersPerHour", "SocketsPerUser", "SocketsPerAddress", "Sockets"])
            start.Environment["LeanChat__Limits__" + limit] = "0";
        return start;
    }

    public override Wire Speak() => new LeanChatWire();

    public override long? Stored(string folder)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(Data(folder), "leanchat.db"), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from support_messages";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static string Data(string folder) => Path.Combine(folder, "data");
}
