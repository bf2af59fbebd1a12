using System.Buffers.Binary;
using System.Text;
using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>
/// Encodes frames (RFC 6455 §5.2). A server's frames are not masked (§5.1), so their bytes are the same for every recipient.
/// </summary>
internal static class WebSocketWire
{
    private const byte FinalText = 0x81;
    private const byte FinalClose = 0x88;

    /// <summary>A whole text message in one frame.</summary>
    public static byte[] Text(ReadOnlySpan<byte> utf8) => Encode(FinalText, utf8);

    /// <summary>A close frame with code and reason (§5.5.1).</summary>
    public static byte[] Close(CloseReason reason)
    {
        Span<byte> payload = stackalloc byte[125];
        BinaryPrimitives.WriteUInt16BigEndian(payload, reason.Code);
        var length = Encoding.UTF8.GetBytes(reason.Reason, payload[2..]);
        return Encode(FinalClose, payload[..(2 + length)]);
    }

    /// <summary>Whether these bytes begin with a close frame.</summary>
    public static bool IsClose(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && bytes[0] == FinalClose;

    private static byte[] Encode(byte head, ReadOnlySpan<byte> payload)
    {
        var header = payload.Length switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };
        var bytes = new byte[header + payload.Length];
        bytes[0] = head;
        switch (header)
        {
            case 2:
                bytes[1] = (byte)payload.Length;
                break;
            case 4:
                bytes[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                bytes[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(2), (ulong)payload.Length);
                break;
        }

        payload.CopyTo(bytes.AsSpan(header));
        return bytes;
    }
}
