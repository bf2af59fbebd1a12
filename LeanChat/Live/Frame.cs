using System.Buffers.Binary;
using System.Text;
using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>
/// Bytes ready for the wire. A server's frames are not masked (RFC 6455 §5.1), so one frame serves every recipient.
/// </summary>
internal sealed class Frame
{
    private const byte FinalText = 0x81;
    private const byte FinalClose = 0x88;

    private Frame(ReadOnlyMemory<byte> wire, long number, bool restarts = false) => (Wire, Number, Restarts) = (wire, number, restarts);

    public ReadOnlyMemory<byte> Wire { get; }

    /// <summary>Its place in the topic's order, from 1; 0 for what has none. A socket hears each number once, in order.</summary>
    public long Number { get; }

    /// <summary>True for the frame with which a socket's counting starts, or starts anew, at <see cref="Number"/>.</summary>
    public bool Restarts { get; }

    /// <summary>A whole text message.</summary>
    public static Frame Text(ReadOnlySpan<byte> utf8, long number = 0, bool restarts = false) => new(Compose(FinalText, utf8), number, restarts);

    public static Frame Close(CloseReason reason)
    {
        Span<byte> payload = stackalloc byte[125];
        BinaryPrimitives.WriteUInt16BigEndian(payload, reason.Code);
        var length = Encoding.UTF8.GetBytes(reason.Reason, payload[2..]);
        return new(Compose(FinalClose, payload[..(2 + length)]), 0);
    }

    /// <summary>A frame that somebody else composed, such as the reader's pong.</summary>
    public static Frame Raw(ReadOnlySpan<byte> wire) => new(wire.ToArray(), 0);

    /// <summary>True for a close frame, however it was made.</summary>
    public bool Closes => Wire.Span[0] == FinalClose;

    private static byte[] Compose(byte head, ReadOnlySpan<byte> payload)
    {
        var header = payload.Length switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 };
        var wire = new byte[header + payload.Length];
        wire[0] = head;
        switch (header)
        {
            case 2:
                wire[1] = (byte)payload.Length;
                break;
            case 4:
                wire[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(wire.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                wire[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(wire.AsSpan(2), (ulong)payload.Length);
                break;
        }

        payload.CopyTo(wire.AsSpan(header));
        return wire;
    }
}
