using System.Diagnostics;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>Mosquitto, an MQTT broker: QoS 0 over plain TCP.</summary>
internal sealed class MosquittoPeer : Peer
{
    private string _title = "mosquitto";

    public override string Name => "mosquitto";

    public override string Title => _title;

    public override async Task<string?> PrepareAsync(FloodOptions options)
    {
        if (await Shell.OutputAsync(Command("mosquitto", "-h")) is not { } help)
            return "needs mosquitto (Debian: apt-get install mosquitto; its own service is not needed)";
        _title = "mosquitto " + help.Split('\n')[0].Split(' ')[^1].Trim();
        return null;
    }

    public override ProcessStartInfo Start(int port, string folder)
    {
        var settings = Path.Combine(folder, "mosquitto.conf");
        Shell.Unpack("mosquitto.conf", settings);
        File.AppendAllText(settings, $"listener {Text(port)} 127.0.0.1\n");
        return Command("mosquitto", "-c", settings);
    }

    public override Protocol CreateProtocol() => new MqttProtocol();
}
