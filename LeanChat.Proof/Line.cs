using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using LeanChat.Live;

namespace LeanChat.Proof;

/// <summary>A WebSocket spoken by hand over TCP (RFC 6455 §5): as a client should, or in any way that it should not.</summary>
internal sealed class Line : IDisposable
{
    public const byte Continuation = 0x0;
    public const byte Text = 0x1;
    public const byte Binary = 0x2;
    public const byte Close = 0x8;
    public const byte Ping = 0x9;
    public const byte Pong = 0xA;

    private readonly Socket _socket;
    private readonly SemaphoreSlim _saying = new(1);
    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    private Line(Socket socket) => _socket = socket;

    /// <summary>The status of the handshake's answer; 0 where there was none.</summary>
    public int Status { get; private set; }

    public static async Task<Line> DialAsync(int port, int? receiveBuffer = null, CancellationToken stop = default)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
            socket.ReceiveBufferSize = bytes;
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
            return new Line(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks for the upgrade; headers such as `Origin: https://shop.example` are sent as they stand.</summary>
    public static async Task<Line> KnockAsync(
        int port, string path, IReadOnlyList<string> headers, int? receiveBuffer = null, CancellationToken stop = default)
    {
        var line = await DialAsync(port, receiveBuffer, stop);
        try
        {
            var host = headers.Any(header => header.StartsWith("Host:", StringComparison.Ordinal))
                ? ""
                : $"Host: 127.0.0.1:{port}\r\n";
            await line.SendAsync(Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n"), stop);
            line.Status = await line.ReadHeadAsync(stop);
            return line;
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    /// <summary>Connected as a user from a website and authorised; `after` as given. The first frame to read is `ready`.</summary>
    public static async Task<Line> JoinAsync(
        int port, string token, long? after = null, int? receiveBuffer = null, CancellationToken stop = default)
    {
        var line = await KnockAsync(port, "/ws/chat", ["Origin: " + Client.Website], receiveBuffer, stop);
        if (line.Status != 101)
        {
            line.Dispose();
            throw new IOException($"The handshake was answered with {line.Status}.");
        }

        var auth = new JsonObject { ["action"] = "auth", ["token"] = token };
        if (after is not null)
            auth["after"] = after;
        await line.SayAsync(auth, stop);
        return line;
    }

    public Task SayAsync(JsonObject frame, CancellationToken stop = default) => SendAsync(TextFrame(frame.ToJsonString()), stop);

    public static JsonObject Message(string content, string? clientId) =>
        new() { ["action"] = "send_message", ["content"] = content, ["client_id"] = clientId };

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop = default)
    {
        // A pong comes in between two frames, not into one.
        await _saying.WaitAsync(stop);
        try
        {
            while (bytes.Length > 0)
                bytes = bytes[await _socket.SendAsync(bytes, stop)..];
        }
        catch (SocketException e)
        {
            throw new IOException("The line broke.", e);
        }
        finally
        {
            _saying.Release();
        }
    }

    /// <summary>The next whole frame; null when the line has ended.</summary>
    public async Task<(byte Opcode, ReadOnlyMemory<byte> Payload)?> ReadAsync(CancellationToken stop = default)
    {
        if (!await HaveAsync(2, stop))
            return null;
        var (first, second) = (_buffer[_start], _buffer[_start + 1]);
        if ((second & 0x80) != 0 || (first & 0x70) != 0)
            throw new InvalidDataException("A server's frame is unmasked and without extensions.");
        var header = 2 + (second & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
        if (!await HaveAsync(header, stop))
            return null;
        var length = (second & 0x7F) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start + 2)),
            127 => (int)BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_start + 2)),
            var small => small,
        };
        if (!await HaveAsync(header + length, stop))
            return null;
        var payload = _buffer.AsMemory(_start + header, length);
        _start += header + length;
        return ((byte)(first & 0x0F), payload);
    }

    /// <summary>The next text frame as JSON; pings are answered, as whoever does not is shown out. Null when the line has
    /// ended or a close came.</summary>
    public async Task<JsonObject?> HearAsync(CancellationToken stop = default)
    {
        while (await ReadAsync(stop) is var (opcode, payload))
        {
            if (opcode == Text)
                return JsonNode.Parse(payload.Span)!.AsObject();
            if (opcode == Ping)
                await SendAsync(Frame(Pong, payload.Span), stop);
            if (opcode == Close)
            {
                CloseCode = payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload.Span) : 1005;
                return null;
            }
        }

        return null;
    }

    /// <summary>The next frame of this type; null when the line ended first.</summary>
    public async Task<JsonObject?> HearAsync(string type, CancellationToken stop = default)
    {
        while (await HearAsync(stop) is { } frame)
        {
            if ((string?)frame["type"] == type)
                return frame;
        }

        return null;
    }

    /// <summary>The code of the close frame that was heard; 1006 while there was none.</summary>
    public int CloseCode { get; private set; } = 1006;

    /// <summary>Reads on to the close frame or the end of the line and tells the code; 1006 for an end without one.</summary>
    public async Task<int> ClosedAsync(CancellationToken stop = default)
    {
        try
        {
            while (await HearAsync(stop) is not null)
            {
            }
        }
        catch (IOException)
        {
            // A reset: whatever came before it counts.
        }

        return CloseCode;
    }

    /// <summary>All bytes until the other side hangs up, for answers over plain HTTP.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken stop = default)
    {
        while (await HaveAsync(_end - _start + 1, stop))
        {
        }

        return _buffer[_start.._end];
    }

    /// <summary>Lets the line break as a crash would: a reset.</summary>
    public void Vanish() => _socket.Close(0);

    /// <summary>Whether so many bytes are there, after reading for them.</summary>
    private async Task<bool> HaveAsync(int count, CancellationToken stop)
    {
        while (_end - _start < count)
        {
            if (_start == _end)
                _start = _end = 0;
            if (_buffer.Length - _start < count)
            {
                var larger = _buffer.Length >= count ? _buffer : new byte[Math.Max(count, _buffer.Length * 2)];
                _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
                (_buffer, _end, _start) = (larger, _end - _start, 0);
            }

            if (_end == _buffer.Length)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_end, _start) = (_end - _start, 0);
            }

            int read;
            try
            {
                read = await _socket.ReceiveAsync(_buffer.AsMemory(_end), stop);
            }
            catch (SocketException e)
            {
                throw new IOException("The line broke.", e);
            }

            if (read == 0)
                return false;
            _end += read;
        }

        return true;
    }

    /// <summary>Reads an HTTP head and tells its status; 0 when the line ended.</summary>
    public async Task<int> ReadHeadAsync(CancellationToken stop)
    {
        for (var length = 4; await HaveAsync(length, stop); length = _end - _start + 1)
        {
            if (_buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8) is >= 0 and var head)
            {
                var status = int.Parse(Encoding.ASCII.GetString(_buffer, _start + 9, 3), System.Globalization.CultureInfo.InvariantCulture);
                _start += head + 4;
                return status;
            }
        }

        return 0;
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

        ReadOnlySpan<byte> mask = [0x12, 0x34, 0x56, 0x78];
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

    public void Dispose()
    {
        _socket.Dispose();
        _saying.Dispose();
    }
}
