using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;

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
            await Console.Error.WriteLineAsync("flood needs Linux: it uses epoll and reads /proc.");
            return 1;
        }

        Libc.RaiseOpenFiles(OpenFiles);
        var skipped = new List<string>();
        var peers = await PreparePeersAsync(options, skipped);
        var scenarios = Scenario.All.Where(options.Wants).ToList();
        var shim = scenarios.Any(scenario => scenario.SlowSync) ? await SlowSync.BuildAsync() : null;
        if (shim is null && scenarios.RemoveAll(scenario => scenario.SlowSync) > 0)
            skipped.Add("slowsync: " + SlowSync.Missing);
        foreach (var each in skipped)
            await Console.Error.WriteLineAsync("skipped " + each);

        var results = await RunAllAsync(options, scenarios, peers, shim);
        var table = new FloodTable(options, results, scenarios, peers);
        var summary = table.Summary(skipped);
        Console.WriteLine(summary + "\n" + table.Details());
        if (options.Readme is { } readme)
            Readme.Write(readme, summary);
        return results.Lost.Any() ? 1 : 0;
    }

    private static async Task<List<Peer>> PreparePeersAsync(FloodOptions options, List<string> skipped)
    {
        var peers = new List<Peer>();
        foreach (var peer in Peer.All.Where(options.Wants))
        {
            if (await peer.PrepareAsync(options) is { } missing)
                skipped.Add($"{peer.Name}: {missing}");
            else
                peers.Add(peer);
        }

        return peers;
    }

    private static async Task<FloodResults> RunAllAsync(FloodOptions options, List<Scenario> scenarios, List<Peer> peers, string? shim)
    {
        var results = new FloodResults();
        for (var run = 0; run < options.Runs; run++)
        {
            foreach (var scenario in scenarios)
            {
                // The peers take turns, so that other work on this machine slows all of them. Each run begins with another one.
                for (var i = 0; i < peers.Count; i++)
                {
                    var peer = peers[(i + run) % peers.Count];
                    if (scenario.Stores && !peer.Stores)
                        continue;
                    var result = await TryAsync(scenario, peer, options, scenario.SlowSync ? shim : null);
                    results.Add(scenario, peer, result);
                    await Console.Error.WriteLineAsync($"run {run + 1} {scenario.Name,-10} {peer.Name,-15} {FloodTable.Line(result)}");
                }
            }
        }

        return results;
    }

    private static async Task<LoadResult> TryAsync(Scenario scenario, Peer peer, FloodOptions options, string? preload)
    {
        try
        {
            return await MeasureAsync(scenario, peer, options, preload);
        }
        catch (IOException e)
        {
            // A server that fails is a line in the table; the others are still measured.
            return new LoadResult { Lost = 1, Error = e.Message };
        }
    }

    private static async Task<LoadResult> MeasureAsync(Scenario scenario, Peer peer, FloodOptions options, string? preload)
    {
        await using var server = await Server.StartAsync(peer, preload);
        if (peer.NeedsUsers && scenario.Work != LoadKind.Messages)
        {
            // A new process: memory that was freed after making 10,000 users would be reused for the sockets and hide what they take.
            await LoadAsync(scenario.Request(peer.Name, server, options) with { Work = LoadKind.Prepare });
            await server.RestartAsync();
        }

        var result = await LoadAsync(scenario.Request(peer.Name, server, options));
        if (result.Error is not null && server.LastOutput.Length > 0)
            await Console.Error.WriteLineAsync(server.LastOutput);
        return peer.Stores && scenario.Work == LoadKind.Messages ? Compare(result, peer.Stored(server.Folder)) : result;
    }

    /// <summary>A message that was sent and is not in the database is lost, and so is a chat with a gap in its numbers.</summary>
    private static LoadResult Compare(LoadResult result, StoredMessages stored)
    {
        var wrong = Math.Abs(stored.Count - result.Sent) + stored.BrokenChats;
        var error = wrong == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{stored.Count} in the database of {result.Sent} sent, {stored.BrokenChats} chats not numbered 1, 2, 3 …");
        return result with { Stored = stored.Count, Lost = result.Lost + wrong, Error = result.Error ?? error };
    }

    private static async Task<LoadResult> LoadAsync(LoadRequest request)
    {
        var start = Shell.Self("load", JsonSerializer.Serialize(request));
        start.RedirectStandardOutput = true;
        // It allocates next to nothing: one small heap, and code that is fast from the start.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var answer = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<LoadResult>(answer)!
                : throw new IOException($"The load program ended with {process.ExitCode}.");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            return new LoadResult { Lost = 1, Error = "the load program did not end in time" };
        }
    }
}
