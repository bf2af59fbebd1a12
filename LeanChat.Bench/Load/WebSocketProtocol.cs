using System.Buffers.Binary;
using System.Text;

namespace LeanChat.Bench.Load;

/// <summary>RFC 6455 as far as a load program needs it. The mask of its frames is zero, so that masking costs it nothing.</summary>
internal abstract class WebSocketProtocol : Protocol
{
    private const byte Text = 0x81, Pong = 0x8A;

    /// <summary>The path and query of the upgrade.</summary>
    protected abstract string Path(ClientSocket socket);

    /// <summary>The connection is a WebSocket now.</summary>
    protected abstract void OnOpen(ClientSocket socket);

    /// <summary>The data of one frame.</summary>
    protected abstract void OnData(ClientSocket socket, ReadOnlySpan<byte> payload, int wireLength);

    public override byte[] Handshake(ClientSocket socket) => Bytes(
        $"GET {Path(socket)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

    public override int Parse(ClientSocket socket, ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        if (socket.State == SocketState.Opening)
        {
            taken = bytes.IndexOf("\r\n\r\n"u8) + 4;
            if (taken < 4)
                return 0;
            if (!bytes.StartsWith("HTTP/1.1 101"u8))
                throw new InvalidDataException("No upgrade: " + Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 300)]));
            socket.State = SocketState.Joining;
            OnOpen(socket);
        }

        while (bytes.Length - taken >= 2)
        {
            var (head, length, header) = (bytes[taken], (long)(bytes[taken + 1] & 0x7F), 2);
            if (length >= 126)
            {
                header = length == 126 ? 4 : 10;
                if (bytes.Length - taken < header)
                    break;
                length = header == 4
                    ? BinaryPrimitives.ReadUInt16BigEndian(bytes[(taken + 2)..])
                    : BinaryPrimitives.ReadInt64BigEndian(bytes[(taken + 2)..]);
            }

            if (bytes.Length - taken - header < length)
                break;
            HandleFrame(socket, head & 0x0F, bytes.Slice(taken + header, (int)length), header + (int)length);
            taken += header + (int)length;
        }

        return taken;
    }

    private void HandleFrame(ClientSocket socket, int opcode, ReadOnlySpan<byte> payload, int wireLength)
    {
        switch (opcode)
        {
            case 0 or 1 or 2:
                OnData(socket, payload, wireLength);
                break;
            case 8:
                var code = payload.Length < 2 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(payload);
                Sockets.Fail(socket, $"close {code} {(payload.Length > 2 ? Encoding.UTF8.GetString(payload[2..]) : "")}");
                break;
            case 9:
                Sockets.Send(socket, Frame(Pong, payload));
                break;
        }
    }

    protected void Send(ClientSocket socket, string text) => Sockets.Send(socket, TextFrame(text));

    protected static byte[] TextFrame(string text) => Frame(Text, Bytes(text));

    private static byte[] Frame(byte head, ReadOnlySpan<byte> payload)
    {
        var header = payload.Length < 126 ? 2 : 4;
        var frame = new byte[header + 4 + payload.Length];
        (frame[0], frame[1]) = (head, (byte)(0x80 | (header == 2 ? payload.Length : 126)));
        if (header == 4)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        payload.CopyTo(frame.AsSpan(header + 4));
        return frame;
    }
}
