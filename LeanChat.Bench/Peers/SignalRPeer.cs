using System.Diagnostics;
using LeanChat.Bench.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LeanChat.Bench.Peers;

/// <summary>ASP.NET Core's SignalR, a group for each chat; it runs in this same program.</summary>
internal sealed class SignalRPeer : Peer
{
    public override string Name => "signalr";

    public override string Title => $"SignalR {Environment.Version.ToString(3)}";

    public override Task<string?> PrepareAsync(FloodOptions options) => Task.FromResult<string?>(null);

    public override ProcessStartInfo Start(int port, string folder)
    {
        var start = Shell.Self("peer", Name, Text(port));
        // What the web SDK gives every ASP.NET Core application, and so LeanChat.
        (start.Environment["DOTNET_gcServer"], start.Environment["DOTNET_GCDynamicAdaptationMode"]) = ("1", "1");
        return start;
    }

    public override Wire Speak() => new SignalRWire();

    /// <summary>The server.</summary>
    public static async Task ServeAsync(string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        // The load program's sockets need not ping to stay.
        builder.Services.AddSignalR(hub => hub.ClientTimeoutInterval = TimeSpan.FromHours(1));
        var app = builder.Build();
        app.MapHub<TopicHub>("/hub");
        await app.RunAsync();
    }

    private sealed class TopicHub : Hub
    {
        public Task Join(string topic) => Groups.AddToGroupAsync(Context.ConnectionId, topic);

        public Task Send(string topic, string text) => Clients.Group(topic).SendAsync("m", text);
    }
}
