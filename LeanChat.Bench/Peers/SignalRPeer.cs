using System.Diagnostics;
using LeanChat.Bench.Load;
using Microsoft.AspNetCore.SignalR;

namespace LeanChat.Bench.Peers;

/// <summary>ASP.NET Core's SignalR, a group for each chat; it runs in this same program.</summary>
internal sealed class SignalRPeer : Peer
{
    public override string Name => "signalr";

    public override string Title => $"SignalR {Environment.Version.ToString(3)}";

    public override Task<string?> PrepareAsync(FloodOptions options) => Task.FromResult<string?>(null);

    public override ProcessStartInfo Start(int port, string folder) => SignalRServer.Start(Name, Text(port));

    public override Protocol CreateProtocol() => new SignalRProtocol(stores: false);

    /// <summary>The server.</summary>
    public static Task ServeAsync(string port) => SignalRServer.RunAsync<ChatHub>(port);

    private sealed class ChatHub : Hub
    {
        public Task Join(string chat) => Groups.AddToGroupAsync(Context.ConnectionId, chat);

        public Task Send(string chat, string content) => Clients.Group(chat).SendAsync("m", content);
    }
}
