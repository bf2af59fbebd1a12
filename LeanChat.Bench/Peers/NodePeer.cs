using System.Diagnostics;
using System.Text.Json;

namespace LeanChat.Bench.Peers;

/// <summary>A server in a script for Node.js, on packages of the npm registry.</summary>
/// <param name="script">The script's name, without `.js`.</param>
/// <param name="packages">The packages, each with its major version: `ws@8`.</param>
internal abstract class NodePeer(string script, params string[] packages) : Peer
{
    private string _title = "";

    public override string Title => _title;

    /// <summary>Where the packages and the script lie: a folder of the user's cache.</summary>
    protected string Folder { get; private set; } = "";

    /// <summary>Installs the packages unless they were installed before.</summary>
    public override async Task<string?> PrepareAsync(FloodOptions options)
    {
        var node = await Shell.OutputAsync(Command("node", "--version"));
        if (node is null || await Shell.OutputAsync(Command("npm", "--version")) is null)
            return "needs Node.js with npm (Debian: apt-get install nodejs npm)";
        Folder = Shell.Cache(string.Join('-', packages).Replace('@', '-'));
        var manifests = packages.Select(package => Path.Combine(Folder, "node_modules", package.Split('@')[0], "package.json")).ToList();
        if (!manifests.TrueForAll(File.Exists))
        {
            var install = Command("npm", ["install", "--prefix", Folder, "--no-audit", "--no-fund", "--loglevel=error", .. packages]);
            var output = await Shell.OutputAsync(install);
            if (!manifests.TrueForAll(File.Exists))
                return $"npm could not install {string.Join(" and ", packages)}: {Shell.ErrorLine(output)}";
        }

        Shell.Unpack($"{script}.js", Path.Combine(Folder, $"{script}.js"));
        _title = $"{string.Join(" + ", manifests.Select(NameAndVersion))} (Node.js {node.Trim().TrimStart('v')})";
        return null;
    }

    public override ProcessStartInfo Start(int port, string folder)
    {
        var start = Command("node", Path.Combine(Folder, $"{script}.js"), Text(port));
        start.Environment["NODE_ENV"] = "production";
        return start;
    }

    private static string NameAndVersion(string manifest)
    {
        using var package = JsonDocument.Parse(File.ReadAllText(manifest));
        return $"{package.RootElement.GetProperty("name").GetString()} {package.RootElement.GetProperty("version").GetString()}";
    }
}
