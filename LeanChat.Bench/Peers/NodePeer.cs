using System.Diagnostics;
using System.Text.Json;

namespace LeanChat.Bench.Peers;

/// <summary>A server in a script for Node.js, on one package of the npm registry.</summary>
/// <param name="package">The package.</param>
/// <param name="major">Its major version.</param>
internal abstract class NodePeer(string package, int major) : Peer
{
    private string _title = "";
    private string _folder = "";

    public override string Title => _title;

    /// <summary>Installs the package, once, into a folder of the user's cache.</summary>
    public override async Task<string?> PrepareAsync(FloodOptions options)
    {
        if (await Shell.OutputAsync(Command("node", "--version")) is not { } node || await Shell.OutputAsync(Command("npm", "--version")) is null)
            return "needs Node.js with npm (Debian: apt-get install nodejs npm)";
        _folder = Shell.Cache($"{package}-{major}");
        var manifest = Path.Combine(_folder, "node_modules", package, "package.json");
        var said = File.Exists(manifest) ? "" : await Shell.OutputAsync(Command("npm", "install", "--prefix", _folder, "--no-audit", "--no-fund", "--loglevel=error", $"{package}@{major}"));
        if (!File.Exists(manifest))
            return $"npm could not install {package}@{major}: {said?.Trim()}";
        Shell.Unpack($"{Name}.js", Path.Combine(_folder, $"{Name}.js"));
        using var about = JsonDocument.Parse(await File.ReadAllTextAsync(manifest));
        _title = $"{package} {about.RootElement.GetProperty("version").GetString()} (Node.js {node.Trim().TrimStart('v')})";
        return null;
    }

    public override ProcessStartInfo Start(int port, string folder)
    {
        var start = Command("node", Path.Combine(_folder, $"{Name}.js"), Text(port));
        start.Environment["NODE_ENV"] = "production";
        return start;
    }
}
