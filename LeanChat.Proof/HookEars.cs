using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace LeanChat.Proof;

/// <summary>A program that a webhook tells: it notes every event, and says at which step of a request it is, before it answers.</summary>
internal sealed class HookEars : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, Ports.Free());
    private readonly CancellationTokenSource _ended = new();

    public HookEars()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    /// <summary>Called at each step: CONNECT, HEAD (the headers are here), BODY (all is here), ANSWERED. False hangs up.</summary>
    public Func<string, bool> At { get; set; } = static _ => true;

    /// <summary>Every event that came whole: its id, chat and words, in the order in which they came.</summary>
    public ConcurrentQueue<(string Id, string Chat, string Words)> Heard { get; } = new();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = ConverseAsync(await _listener.AcceptTcpClientAsync(_ended.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The trial is over.
        }
    }

    private async Task ConverseAsync(TcpClient client)
    {
        using var line = client;
        try
        {
            var stream = client.GetStream();
            if (!At("CONNECT"))
                return;
            using var bytes = new MemoryStream();
            var buffer = new byte[65536];
            while (true)
            {
                var (head, length) = Measure(bytes);
                if (head > 0 && bytes.Length >= head + length)
                {
                    if (!At("BODY"))
                        return;
                    Note(Encoding.UTF8.GetString(bytes.ToArray(), head, length));
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _ended.Token);
                    if (!At("ANSWERED"))
                        return;
                    var rest = bytes.ToArray()[(head + length)..];
                    bytes.SetLength(0);
                    bytes.Write(rest);
                    continue;
                }

                var read = await stream.ReadAsync(buffer, _ended.Token);
                if (read == 0 || (head == 0 && !At("HEAD")))
                    return;
                bytes.Write(buffer, 0, read);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side hung up, or the trial is over.
        }
    }

    /// <summary>How long the head is, 0 while it is not whole, and how long the body.</summary>
    private static (int Head, int Length) Measure(MemoryStream bytes)
    {
        var text = Encoding.ASCII.GetString(bytes.ToArray());
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return (0, 0);
        var field = text.Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return (end + 4, int.Parse(field.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    private void Note(string body)
    {
        var data = JsonNode.Parse(body)!["data"]!;
        Heard.Enqueue(((string)JsonNode.Parse(body)!["id"]!, (string)data["chat_id"]!, (string)data["message"]!["content"]!));
    }

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Dispose();
        _ended.Dispose();
    }
}
