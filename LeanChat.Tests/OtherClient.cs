using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace LeanChat.Tests;

/// <summary>Somebody else's client library, unmodified, in Node or in a page, and everything it heard.</summary>
internal sealed class OtherClient : IAsyncDisposable
{
    /// <summary>Some clients wait before they come back, as long as they think fit.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static readonly Lazy<string?> Search = new(Find);

    private readonly List<JsonObject> _all = [];
    private Process? _node;
    private IPage? _page;
    private int _next;

    /// <summary>Why there are none; null when there are.</summary>
    public static string? Trouble => Search.Value;

    /// <summary>Every event so far, in order.</summary>
    public IReadOnlyList<JsonObject> All
    {
        get
        {
            lock (_all)
                return [.. _all];
        }
    }

    public IReadOnlyList<JsonNode> Messages =>
        [.. All.Where(each => (string?)each["type"] == "new_message").Select(each => each["message"]!)];

    public IReadOnlyList<long> Seqs => [.. Messages.Select(message => (long)message["seq"]!)];

    private static string Folder => Path.Combine(Path.GetTempPath(), "leanchat-clients-1-" + Environment.UserName);

    private static string Scripts => Path.Combine(Path.GetDirectoryName(Here())!, "Clients");

    /// <summary>Opens a client in a process of its own.</summary>
    public static OtherClient InNode(string kind, object options)
    {
        var client = new OtherClient();
        client._node = Process.Start(new ProcessStartInfo(
            "node", [Path.Combine(Scripts, "node.mjs"), Folder, kind, JsonSerializer.Serialize(options, Wire.Options)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        client._node.OutputDataReceived += (_, line) => client.Add(line.Data);
        client._node.ErrorDataReceived += (_, line) => client.Add(
            line.Data is null ? null : new JsonObject { ["type"] = "trouble", ["text"] = line.Data }.ToJsonString());
        client._node.BeginOutputReadLine();
        client._node.BeginErrorReadLine();
        return client;
    }

    /// <summary>Opens a client in a page, which brings the library's own script for browsers.</summary>
    public static async Task<OtherClient> InPageAsync(IPage page, string kind, object options)
    {
        var client = new OtherClient { _page = page };
        await page.ExposeFunctionAsync("heard", (string json) => client.Add(json));
        string[] scripts =
        [
            "@rails/actioncable/app/assets/javascripts/actioncable.js", "pusher-js/dist/web/pusher.min.js",
            "laravel-echo/dist/echo.iife.js", "socket.io-client/dist/socket.io.min.js",
        ];
        foreach (var script in scripts)
            await page.AddScriptTagAsync(new() { Path = Path.Combine(Folder, "node_modules", script) });
        await page.AddScriptTagAsync(new() { Path = Path.Combine(Scripts, "clients.js") });
        await page.EvaluateAsync(
            """
            ([kind, options]) => {
              const libs = { ActionCable, Pusher, Echo: Echo.default ?? Echo, io, EventSource };
              window.client = openClient(libs, kind, JSON.parse(options), event => heard(JSON.stringify(event)));
            }
            """,
            new[] { kind, JsonSerializer.Serialize(options, Wire.Options) });
        return client;
    }

    /// <summary>Calls a function of the client, such as `send`.</summary>
    public async Task DoAsync(string name, params object?[] arguments)
    {
        if (_page is not null)
            await _page.EvaluateAsync(
                "json => { const [name, ...rest] = JSON.parse(json); return void client[name](...rest); }",
                JsonSerializer.Serialize((object?[])[name, .. arguments], Wire.Options));
        else
            await _node!.StandardInput.WriteLineAsync(JsonSerializer.Serialize((object?[])[name, .. arguments], Wire.Options));
        if (_node is not null)
            await _node.StandardInput.FlushAsync();
    }

    /// <summary>The next event of one of these types that has not been asked for yet; others are passed over.</summary>
    public async Task<JsonObject> HearAsync(params string[] types)
    {
        JsonObject? found = null;
        try
        {
            await Eventually.IsTrueAsync(
                () =>
                {
                    var all = All;
                    while (found is null && _next < all.Count)
                    {
                        if (types.Contains((string?)all[_next++]["type"]))
                            found = all[_next - 1];
                    }

                    return found is not null;
                },
                Patience);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException(
                $"No {string.Join(" or ", types)} was heard. Heard:\n" + string.Join('\n', All.Select(each => each.ToJsonString())), e);
        }

        return found!;
    }

    /// <summary>Waits until this many different messages were heard.</summary>
    public async Task HearMessagesAsync(int count)
    {
        try
        {
            await Eventually.IsTrueAsync(() => Seqs.Distinct().Count() >= count, Patience);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException(
                $"Not {count} messages. Heard:\n" + string.Join('\n', All.Select(each => each.ToJsonString())), e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is null)
            return;
        _node.StandardInput.Close();
        if (!_node.WaitForExit(TimeSpan.FromSeconds(5)))
            _node.Kill();
        _node.Dispose();
        await Task.CompletedTask;
    }

    private void Add(string? json)
    {
        if (json is null)
            return;
        lock (_all)
            _all.Add(JsonNode.Parse(json)!.AsObject());
    }

    private static string? Find()
    {
        string[] wanted =
        [
            "@rails/actioncable@8.1.400", "pusher-js@8.6.0", "laravel-echo@2.5.0", "socket.io-client@4.8.4", "eventsource@4.1.0",
            "ws@8.23.0",
        ];
        if (Directory.Exists(Folder))
            return null;
        // Installed elsewhere and moved: a run that was broken off leaves no half a folder behind.
        var fresh = Directory.CreateTempSubdirectory("leanchat-npm-").FullName;
        try
        {
            using var npm = Process.Start(new ProcessStartInfo(
                "npm", ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", fresh, .. wanted])
            {
                RedirectStandardOutput = true,
                WorkingDirectory = fresh,
            })!;
            npm.StandardOutput.ReadToEnd();
            if (!npm.WaitForExit(TimeSpan.FromMinutes(3)) || npm.ExitCode != 0)
                return "npm could not bring the clients of other protocols";
            Directory.Move(fresh, Folder);
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "npm is not installed; it brings the clients of other protocols";
        }
        catch (IOException) when (Directory.Exists(Folder))
        {
            // Another run was faster.
            return null;
        }
    }

    private static string Here([CallerFilePath] string file = "") => file;
}

/// <summary>The same story with several clients of others. Skipped by name where there is no npm or no browser; with CI=true that is a
/// failure instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClientsTheoryAttribute : TheoryAttribute
{
    public ClientsTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && (Browser.Trouble ?? OtherClient.Trouble) is { } trouble)
            Skip = trouble;
    }
}
