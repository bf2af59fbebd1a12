using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using LeanChat.Bench.Load;
using LeanChat.Bench.Peers;

namespace LeanChat.Bench;

/// <summary>What a listener of each dialect takes of the server's memory at rest, each in a process of its own.</summary>
internal static class ListenerMemory
{
    private const int Users = 200;

    /// <summary>So long the server has to come to rest.</summary>
    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(12);

    /// <summary>The way in, with `{token}` and `{chat}`; what is said then, as frames; and what shows that it listens.</summary>
    private static readonly (string Name, string Path, string[] Says, string Ready)[] Dialects =
    [
        ("WebSocket", "/ws/chat", ["""{"action":"auth","token":"{token}"}"""], "ready"),
        ("server-sent events", "/support_chat/events", [], "ready"),
        ("ActionCable", "/cable",
            ["""{"command":"subscribe","identifier":"{\"channel\":\"ChatChannel\",\"token\":\"{token}\"}"}"""], "ready"),
        ("Pusher", "/app/key",
            ["""{"event":"pusher:subscribe","data":{"channel":"private-support-chat-{chat}","auth":"{auth}"}}"""], "succeeded"),
        ("Socket.IO", "/socket.io/?EIO=4&transport=websocket", ["""40{"token":"{token}"}"""], "ready"),
    ];

    /// <summary>Arguments: how many listeners (2,000). It measures the server that was built with this program.</summary>
    public static async Task RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2000;
        var peer = new LeanChatPeer();
        if (await peer.PrepareAsync(new FloodOptions()) is { } trouble)
            throw new FileNotFoundException(trouble);
        foreach (var dialect in Dialects)
        {
            await using var server = await Server.StartAsync(peer, null);
            // Without cookies: each is a new user.
            using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false })
            {
                BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"),
            };
            var users = new List<(string Token, string Chat)>();
            while (users.Count < Users)
            {
                var user = JsonNode.Parse(await http.GetStringAsync(new Uri("/support_chat", UriKind.Relative)))!;
                users.Add(((string)user["token"]!, (string)user["id"]!));
            }

            // One warms the code up.
            List<Socket> open = [await OpenAsync(server.Port, http, dialect, users[0])];
            await Task.Delay(RestTime);
            var usage = new ProcessUsage(server.Id);
            var before = usage.Memory();
            for (var i = 0; i < count; i++)
                open.Add(await OpenAsync(server.Port, http, dialect, users[i % Users]));
            await Task.Delay(RestTime);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{dialect.Name,-20} {(usage.Memory() - before) / (double)count,6:0.0} kB a listener"));
            foreach (var socket in open)
                socket.Dispose();
        }
    }

    private static async Task<Socket> OpenAsync(
        int port, HttpClient http, (string Name, string Path, string[] Says, string Ready) dialect, (string Token, string Chat) user)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        var upgrade = dialect.Says.Length == 0
            ? $"Authorization: Bearer {user.Token}\r\n"
            : "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        await SendAsync($"GET {dialect.Path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://shop.example\r\n{upgrade}\r\n");
        var heard = dialect.Name == "Pusher" ? await HearAsync("socket_id") : "";
        foreach (var says in dialect.Says)
        {
            var auth = says.Contains("{auth}", StringComparison.Ordinal) ? await AuthorizeAsync(heard) : "";
            var text = Encoding.UTF8.GetBytes(says
                .Replace("{token}", user.Token, StringComparison.Ordinal).Replace("{chat}", user.Chat, StringComparison.Ordinal)
                .Replace("{auth}", auth, StringComparison.Ordinal));
            // A client's frames are masked (RFC 6455 §5.3); a mask of zeroes changes nothing.
            byte[] header = text.Length < 126
                ? [0x81, (byte)(0x80 | text.Length)]
                : [0x81, 0xFE, (byte)(text.Length >> 8), (byte)text.Length];
            await socket.SendAsync((byte[])[.. header, 0, 0, 0, 0, .. text]);
        }

        await HearAsync(dialect.Ready);
        return socket;

        async Task SendAsync(string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text));

        async Task<string> HearAsync(string wanted)
        {
            var (all, buffer) = ("", new byte[16 << 10]);
            while (!all.Contains(wanted, StringComparison.Ordinal))
            {
                var length = await socket.ReceiveAsync(buffer);
                all += length > 0 ? Encoding.UTF8.GetString(buffer, 0, length) : throw new IOException($"{dialect.Name} ended: {all}");
            }

            return all;
        }

        async Task<string> AuthorizeAsync(string established)
        {
            var id = System.Text.RegularExpressions.Regex.Match(established, @"socket_id\\"":\\""([0-9.]+)").Groups[1].Value;
            using var request = new HttpRequestMessage(HttpMethod.Post, "/pusher/auth")
            {
                Content = new FormUrlEncodedContent(
                    new Dictionary<string, string> { ["socket_id"] = id, ["channel_name"] = "private-support-chat-" + user.Chat }),
                Headers = { { "Authorization", "Bearer " + user.Token } },
            };
            using var response = await http.SendAsync(request);
            return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["auth"]!;
        }
    }
}
