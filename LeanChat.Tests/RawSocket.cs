using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>A WebSocket client that does what no library would: the line of the proofs, with a story's patience.</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    public const byte Continuation = Line.Continuation;
    public const byte Text = Line.Text;
    public const byte Binary = Line.Binary;
    public const byte Close = Line.Close;
    public const byte Ping = Line.Ping;
    public const byte Pong = Line.Pong;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Line _line;

    private RawSocket(Line line) => _line = line;

    /// <summary>The status of the handshake's answer.</summary>
    public int Status => _line.Status;

    /// <summary>Opens a line and asks for the upgrade; lines such as `Origin: https://shop.example` are sent as they stand.</summary>
    public static async Task<RawSocket> KnockAsync(LeanChatServer server, string path, params string[] headers) =>
        new(await Line.KnockAsync(server.Address.Port, path, headers).WaitAsync(Patience));

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
        byte opcode, ReadOnlySpan<byte> payload, bool final = true, bool masked = true, byte reserved = 0, ulong? claimed = null) =>
        Line.Frame(opcode, payload, final, masked, reserved, claimed);

    public static byte[] TextFrame(string text, bool final = true) => Line.TextFrame(text, final);

    public Task SayAsync(object frame) => SendAsync(TextFrame(JsonSerializer.Serialize(frame, Wire.Options)));

    public Task SendAsync(byte[] bytes) => _line.SendAsync(bytes).WaitAsync(Patience);

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
            return await _line.ReadAsync().WaitAsync(Patience) is var (opcode, payload) ? (opcode, payload.ToArray()) : null;
        }
        catch (IOException)
        {
            // The line broke.
            return null;
        }
    }

    public Task SayTextAsync(string text) => SendAsync(TextFrame(text));

    /// <summary>The next text message, as it stands; null once the server has closed.</summary>
    public async Task<string?> ReadTextAsync(string? containing = null)
    {
        while (await ReadAsync() is var (opcode, payload) && opcode != Close)
        {
            if (opcode == Text && System.Text.Encoding.UTF8.GetString(payload) is var text
                && (containing is null || text.Contains(containing, StringComparison.Ordinal)))
                return text;
        }

        return null;
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
    public void Vanish() => _line.Vanish();

    private static int Code(byte[] payload) => payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 1005;

    public ValueTask DisposeAsync()
    {
        _line.Dispose();
        return ValueTask.CompletedTask;
    }
}
