using LeanChat.Text;

namespace LeanChat.Live;

/// <summary>Writes frames as one protocol wants them, where they are sent.</summary>
internal abstract class FrameEncoder
{
    /// <summary>Whether the other side answers the pings of RFC 6455 §5.5.2.</summary>
    public virtual bool AnswersPings => true;

    /// <summary>The bytes of a frame; none: this client is not told.</summary>
    public abstract ReadOnlyMemory<byte> Encode(Frame frame);

    /// <summary>The last bytes before the connection ends.</summary>
    public abstract ReadOnlyMemory<byte> Close(CloseReason reason);

    /// <summary>What the protocol wants to be told regularly, if that is due: <see cref="Environment.TickCount64"/> is now.</summary>
    public virtual Frame? Beat(long now) => null;
}

/// <summary>/ws/chat and /ws/admin: each frame is one text message.</summary>
internal sealed class WebSocketEncoder : FrameEncoder
{
    public static readonly WebSocketEncoder Instance = new();

    public override ReadOnlyMemory<byte> Encode(Frame frame) => frame.WebSocketBytes;

    public override ReadOnlyMemory<byte> Close(CloseReason reason) => WebSocketWire.Close(reason);
}
