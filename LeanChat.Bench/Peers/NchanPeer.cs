using System.Diagnostics;
using System.Text.RegularExpressions;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>nchan, a module of nginx: one worker, a channel for each topic, nothing kept.</summary>
internal sealed partial class NchanPeer : Peer
{
    private static readonly string[] ModulePlaces = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules"];

    private string _title = "nchan";
    private string _module = "";

    public override string Name => "nchan";

    public override string Title => _title;

    public override async Task<string?> PrepareAsync(FloodOptions options)
    {
        var nginx = await Shell.OutputAsync(Command("nginx", "-v"));
        _module = ModulePlaces.Select(place => Path.Combine(place, "ngx_nchan_module.so")).FirstOrDefault(File.Exists) ?? "";
        if (nginx is null || _module.Length == 0)
            return "needs nginx with nchan (Debian: apt-get install nginx libnginx-mod-nchan; its own service is not needed)";
        // The module does not say its version; the package does.
        var package = await Shell.OutputAsync(Command("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan")) ?? "";
        _title = $"nchan {Version().Match(package).Value} (nginx {Version().Match(nginx).Value}, 1 worker)";
        return null;
    }

    public override ProcessStartInfo Start(int port, string folder)
    {
        var settings = Path.Combine(folder, "nchan.conf");
        Shell.Unpack("nchan.conf", settings);
        var text = File.ReadAllText(settings);
        text = text.Replace("MODULE", _module, StringComparison.Ordinal).Replace("PORT", Text(port), StringComparison.Ordinal);
        File.WriteAllText(settings, text);
        return Command("nginx", "-p", folder, "-c", settings, "-e", "stderr", "-g", Environment.IsPrivilegedProcess ? "user root;" : "");
    }

    public override Protocol CreateProtocol() => new NchanProtocol();

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex Version();

    private sealed class NchanProtocol : WebSocketProtocol
    {
        private const int Padding = 219;

        protected override string Path(ClientSocket socket) => $"/topic?id={Topic(socket)}";

        /// <summary>Subscribed by the upgrade itself.</summary>
        protected override void OnOpen(ClientSocket socket) => Sockets.MarkReady(socket);

        protected override byte[] Message() => TextFrame(Content(Padding));

        protected override void OnData(ClientSocket socket, ReadOnlySpan<byte> payload, int wireLength)
        {
            if (NumberIn(payload) is > 0 and var number)
                Sockets.Deliver(socket, number, wireLength);
        }
    }
}
