using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeanChat.Live;
using LeanChat.Text;

namespace LeanChat.Tests;

/// <summary>A WebSocket client that does what no library would: the handshake by hand, raw frames over TCP (RFC 6455 §5.2).</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    public const byte Continuation = 0x0;
    public const byte Text = 0x1;
    public const byte Binary = 0x2;
    public const byte Close = 0x8;
    public const byte Ping = 0x9;
    public const byte Pong = 0xA;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TcpClient _tcp;
    private readonly NetworkStream _line;

    private RawSocket(TcpClient tcp) => (_tcp, _line) = (tcp, tcp.GetStream());

    /// <summary>The status of the handshake's answer.</summary>
    public int Status { get; private set; }

    /// <summary>Opens a line and asks for the upgrade; lines such as `Origin: https://shop.example` are sent as they stand.</summary>
    public static async Task<RawSocket> KnockAsync(LeanChatServer server, string path, params string[] headers)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(server.Address.Host, server.Address.Port);
        var socket = new RawSocket(tcp);
        var host = headers.Any(header => header.StartsWith("Host:", StringComparison.Ordinal))
            ? ""
            : $"Host: {server.Address.Authority}\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n"));
        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            answer.Append((char)(await socket.ReadBytesAsync(1))[0]);
        socket.Status = int.Parse(answer.ToString().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        return socket;
    }

    /// <summary>Connected, authorised, `ready`.</summary>
    public static async Task<RawSocket> OpenAsync(LeanChatServer server, Visitor visitor, long? after = null)
    {
        var socket = await KnockAsync(server, "/ws/chat", "Origin: " + Visitor.Website);
        await socket.SayAsync(new { action = "auth", token = visitor.Token, after });
        await socket.HearAsync("ready");
        return socket;
    }

    /// <summary>A frame as a client sends it, masked, or in one of the ways that it must not.</summary>
    /// <param name="claimed">A length to claim instead of the real one.</param>
    public static byte[] Frame(
        byte opcode, ReadOnlySpan<byte> payload, bool final = true, bool masked = true, byte reserved = 0, ulong? claimed = null)
    {
        var length = claimed ?? (ulong)payload.Length;
        Span<byte> header = stackalloc byte[14];
        header[0] = (byte)((final ? 0x80 : 0) | (reserved << 4) | opcode);
        var used = 2;
        switch (length)
        {
            case < 126:
                header[1] = (byte)length;
                break;
            case <= ushort.MaxValue:
                header[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
                used = 4;
                break;
            default:
                header[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(header[2..], length);
                used = 10;
                break;
        }

        byte[] mask = [0x12, 0x34, 0x56, 0x78];
        if (masked)
        {
            header[1] |= 0x80;
            mask.CopyTo(header[used..]);
            used += 4;
        }

        var frame = new byte[used + payload.Length];
        header[..used].CopyTo(frame);
        for (var each = 0; each < payload.Length; each++)
            frame[used + each] = masked ? (byte)(payload[each] ^ mask[each % 4]) : payload[each];
        return frame;
    }

    public static byte[] TextFrame(string text, bool final = true) => Frame(Text, Encoding.UTF8.GetBytes(text), final);

    public Task SayAsync(object frame) => SendAsync(TextFrame(JsonSerializer.Serialize(frame, Wire.Options)));

    public async Task SendAsync(byte[] bytes) => await _line.WriteAsync(bytes).AsTask().WaitAsync(Patience);

    /// <summary>Sends as much as the server still takes; a line that it has closed is what the test is about to see.</summary>
    public async Task TrySendAsync(byte[] bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (IOException)
        {
            // Closed by the server: what it said before that can still be read.
        }
    }

    /// <summary>The next frame; null when the line has ended.</summary>
    public async Task<(byte Opcode, byte[] Payload)?> ReadAsync()
    {
        try
        {
            var head = await ReadBytesAsync(2);
            var length = (ulong)(head[1] & 0x7F);
            if (length == 126)
                length = BinaryPrimitives.ReadUInt16BigEndian(await ReadBytesAsync(2));
            else if (length == 127)
                length = BinaryPrimitives.ReadUInt64BigEndian(await ReadBytesAsync(8));
            (head[1] & 0x80).Should().Be(0, "a server masks nothing");
            (head[0] & 0x70).Should().Be(0, "no extension was agreed on");
            return ((byte)(head[0] & 0x0F), await ReadBytesAsync((int)length));
        }
        catch (IOException)
        {
            // EndOfStreamException among them: the line has ended.
            return null;
        }
    }

    /// <summary>The next text frame of a type; others are passed over.</summary>
    public async Task<JsonObject> HearAsync(string type)
    {
        while (await ReadAsync() is var (opcode, payload))
        {
            if (opcode == Text && JsonNode.Parse(payload)!.AsObject() is var frame && (string?)frame["type"] == type)
                return frame;
            if (opcode == Close)
                throw new InvalidOperationException($"No {type}, but a close: {Code(payload)}.");
        }

        throw new InvalidOperationException($"No {type}: the line ended.");
    }

    /// <summary>Sends a ping and waits until its pong is here: everything said before has been read by the server.</summary>
    public async Task SettleAsync()
    {
        await SayAsync(new { action = "ping" });
        await HearAsync("pong");
    }

    /// <summary>Reads on to the close frame and tells its code; 1006 when the line ends without one.</summary>
    public async Task<int> ClosedAsync()
    {
        while (await ReadAsync() is var (opcode, payload))
        {
            if (opcode == Close)
                return Code(payload);
        }

        return 1006;
    }

    /// <summary>Waits until the server has closed the line itself.</summary>
    public async Task EndedAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
    }

    /// <summary>Hangs up as a crash would.</summary>
    public void Vanish() => _tcp.Client.Close(0);

    private static int Code(byte[] payload) => payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 1005;

    private async Task<byte[]> ReadBytesAsync(int count)
    {
        var bytes = new byte[count];
        await _line.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
        return bytes;
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }
}
