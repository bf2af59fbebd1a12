using System.Buffers.Binary;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>MQTT 3.1.1 as far as a load program needs it.</summary>
internal sealed class MqttProtocol : Protocol
{
    private const int Padding = 213;
    private const byte Connect = 0x10, Connected = 0x20, Publish = 0x30, Subscribe = 0x82, Subscribed = 0x90;

    public override byte[] Handshake(ClientSocket socket)
    {
        // Version 4 is 3.1.1; a clean session, no keep-alive.
        return Packet(Connect, [.. Field("MQTT"), 4, 2, 0, 0, .. Field($"c{socket.Index:00000}")]);
    }

    public override int Parse(ClientSocket socket, ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        while (TryLength(bytes[taken..], out var header, out var length) && bytes.Length - taken >= header + length)
        {
            HandlePacket(socket, bytes[taken], bytes.Slice(taken + header, length), header + length);
            taken += header + length;
        }

        return taken;
    }

    protected override byte[] Message() => Packet(Publish, [.. Field(Template.Topic), .. Bytes(Content(Padding))]);

    private void HandlePacket(ClientSocket socket, byte kind, ReadOnlySpan<byte> body, int wireLength)
    {
        switch (kind)
        {
            case Publish:
                Sockets.Deliver(socket, NumberIn(body), wireLength);
                break;
            case Connected when body[1] == 0:
                Sockets.Send(socket, Packet(Subscribe, [0, 1, .. Field(Topic(socket)), 0]));
                break;
            case Subscribed when body[2] == 0:
                Sockets.MarkReady(socket);
                break;
            default:
                Sockets.Fail(socket, $"packet {kind:X2} {Convert.ToHexString(body)}");
                break;
        }
    }

    /// <summary>The variable length of a packet, 7 bits a byte.</summary>
    private static bool TryLength(ReadOnlySpan<byte> bytes, out int header, out int length)
    {
        (header, length) = (1, 0);
        for (var shift = 0; header < bytes.Length; shift += 7)
        {
            length |= (bytes[header] & 0x7F) << shift;
            if (bytes[header++] < 0x80)
                return true;
        }

        return false;
    }

    private static byte[] Packet(byte kind, byte[] body) =>
        body.Length < 0x80 ? [kind, (byte)body.Length, .. body] : [kind, (byte)(body.Length | 0x80), (byte)(body.Length >> 7), .. body];

    private static byte[] Field(string text)
    {
        var field = new byte[2 + text.Length];
        BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)text.Length);
        Bytes(text).CopyTo(field, 2);
        return field;
    }
}
