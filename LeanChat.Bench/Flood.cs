using System.Diagnostics;
using System.Text.Json;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;
using LeanChat.Text;

namespace LeanChat.Bench;

/// <summary>Runs every scenario against every peer, side by side, and prints the table.</summary>
internal static class Flood
{
    private const int OpenFiles = 65_536;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(string[] args)
    {
        if (FloodOptions.Parse(args) is not { } options)
        {
            await Console.Error.WriteLineAsync(FloodOptions.Usage);
            return 2;
        }

        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("flood needs Linux: its load program waits on epoll, and what servers use is read from /proc.");
            return 1;
        }

        Libc.RaiseOpenFiles(OpenFiles);
        var table = new FloodTable(options);
        var peers = new List<Peer>();
        foreach (var peer in Peer.All.Where(options.Wants))
        {
            if (await peer.PrepareAsync(options) is { } missing)
                table.Skip($"{peer.Name}: {missing}");
            else
                peers.Add(peer);
        }

        var scenarios = Scenario.All.Where(options.Wants).ToList();
        var shim = scenarios.Any(scenario => scenario.SlowSync) ? await SlowSync.BuildAsync() : null;
        if (shim is null && scenarios.RemoveAll(scenario => scenario.SlowSync) > 0)
            table.Skip("slowsync: " + SlowSync.Missing);

        for (var run = 0; run < options.Runs; run++)
        {
            foreach (var scenario in scenarios)
            {
                // Side by side: what else this machine does meets them all alike. Whoever is first in one run is not in the next.
                for (var i = 0; i < peers.Count; i++)
                {
                    var peer = peers[(i + run) % peers.Count];
                    if (scenario.Stores && peer is not LeanChatPeer)
                        continue;
                    var result = await TryAsync(scenario, peer, options, scenario.SlowSync ? shim : null);
                    table.Add(scenario, peer, result);
                    await Console.Error.WriteLineAsync($"run {run + 1} {scenario.Name,-10} {peer.Name,-10} {FloodTable.Line(result)}");
                }
            }
        }

        var summary = table.Summary(scenarios, peers);
        Console.WriteLine(summary + "\n" + table.Details(scenarios, peers));
        if (options.Readme is { } readme)
            Readme.Write(readme, summary);
        return table.Lost ? 1 : 0;
    }

    private static async Task<LoadResult> TryAsync(Scenario scenario, Peer peer, FloodOptions options, string? preload)
    {
        try
        {
            return await MeasureAsync(scenario, peer, options, preload);
        }
        catch (IOException e)
        {
            // One that falls over says so in the table; the others go on.
            return new LoadResult { Lost = 1, Trouble = e.Message };
        }
    }

    private static async Task<LoadResult> MeasureAsync(Scenario scenario, Peer peer, FloodOptions options, string? preload)
    {
        await using var server = await Server.StartAsync(peer, preload);
        if (peer.KnowsUsers && scenario.Work != LoadKind.Messages)
        {
            // What making ten thousand users leaves in memory would be used again by the sockets: a fresh process has none of it.
            await LoadAsync(scenario.Order(peer.Name, server, options) with { Work = LoadKind.Prepare });
            await server.RestartAsync();
        }

        var result = await LoadAsync(scenario.Order(peer.Name, server, options));
        if (result.Trouble is not null && server.Said.Length > 0)
            await Console.Error.WriteLineAsync(server.Said);
        // What was heard by everybody and is not on disk was a lie.
        return scenario.Work == LoadKind.Messages && peer.Stored(server.Folder) is { } stored && stored != result.Sent
            ? result with { Lost = result.Lost + Math.Abs(stored - result.Sent), Trouble = result.Trouble ?? $"{stored} on disk of {result.Sent} sent" }
            : result;
    }

    private static async Task<LoadResult> LoadAsync(LoadOrder order)
    {
        var start = Shell.Self("load", JsonSerializer.Serialize(order));
        start.RedirectStandardOutput = true;
        // It allocates next to nothing: one small heap, and code that is fast from the start.
        (start.Environment["DOTNET_gcServer"], start.Environment["DOTNET_TieredPGO"], start.Environment["DOTNET_TieredCompilation"]) = ("0", "0", "0");
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var answer = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? JsonSerializer.Deserialize<LoadResult>(answer)! : throw new IOException($"The load program ended with {process.ExitCode}.");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            return new LoadResult { Lost = 1, Trouble = "the load program did not come to an end" };
        }
    }
}
