using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LeanChat.Bench.Peers;

/// <summary>A SignalR server in a process of its own: this same program in another mode.</summary>
internal static class SignalRServer
{
    public static ProcessStartInfo Start(string name, params IEnumerable<string> arguments)
    {
        var start = Shell.Self(["peer", name, .. arguments]);
        // What the web SDK gives every ASP.NET Core application.
        (start.Environment["DOTNET_gcServer"], start.Environment["DOTNET_GCDynamicAdaptationMode"]) = ("1", "1");
        return start;
    }

    public static async Task RunAsync<THub>(string port, Action<IServiceCollection>? addServices = null)
        where THub : Hub
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Logging.ClearProviders();
        // The load program's sockets need not ping to stay.
        builder.Services.AddSignalR(hub => hub.ClientTimeoutInterval = TimeSpan.FromHours(1));
        addServices?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapHub<THub>("/hub");
        await app.RunAsync();
    }
}
