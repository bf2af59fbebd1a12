using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Dapper;
using LeanChat.Bench.Load;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace LeanChat.Bench.Peers;

/// <summary>SignalR with Dapper and Microsoft.Data.Sqlite: a transaction for each message.</summary>
internal sealed class SignalRSqlitePeer : Peer
{
    public override string Name => "signalr-sqlite";

    public override string Title =>
        $"SignalR {Environment.Version.ToString(3)} + Dapper {Version(typeof(SqlMapper))}"
        + $" + Microsoft.Data.Sqlite {Version(typeof(SqliteConnection))}, a commit each";

    public override bool Stores => true;

    public override Task<string?> PrepareAsync(FloodOptions options) => Task.FromResult<string?>(null);

    public override ProcessStartInfo Start(int port, string folder) => SignalRServer.Start(Name, Text(port), Database(folder));

    public override StoredMessages Stored(string folder) => StoredMessages.Read(Database(folder), "messages");

    public override Protocol CreateProtocol() => new SignalRProtocol(stores: true);

    /// <summary>The server.</summary>
    public static Task ServeAsync(string port, string database) =>
        SignalRServer.RunAsync<ChatHub>(port, services => services.AddSingleton(_ => new MessageStore(database)));

    private static string Database(string folder) => Path.Combine(folder, "messages.db");

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private sealed class ChatHub(MessageStore messages) : Hub
    {
        public Task Join(string chat) => Groups.AddToGroupAsync(Context.ConnectionId, chat);

        public async Task Send(string chat, string content)
        {
            var createdAt = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture);
            var seq = await messages.AddAsync(chat, content, createdAt);
            await Clients.Group(chat).SendAsync("m", new ChatMessage(seq, content, createdAt));
        }
    }

    private sealed record ChatMessage(long Seq, string Content, string CreatedAt);
}
