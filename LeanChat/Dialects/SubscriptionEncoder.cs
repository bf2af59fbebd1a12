using LeanChat.Live;

namespace LeanChat.Dialects;

/// <summary>
/// Writes the frames of one subscription: first that it stands, as soon as its `ready` comes; then its frames. Or that it was refused.
/// </summary>
internal abstract class SubscriptionEncoder : FrameEncoder
{
    private byte[]? _refusal;

    /// <summary>Whether the client was told that the subscription stands.</summary>
    public bool Confirmed { get; private set; }

    public sealed override ReadOnlyMemory<byte> Encode(Frame frame)
    {
        if (frame.IsRaw)
            return frame.WebSocketBytes;
        var payload = frame.Payload.Span;
        var type = FramePayload.TypeOf(payload);
        if (Confirmed)
            return Tell(type, payload);
        if (frame.Restarts)
        {
            Confirmed = true;
            return (byte[])[.. Confirm(), .. Tell(type, payload)];
        }

        if (type.SequenceEqual("error"u8))
            _refusal ??= FramePayload.StringOf(payload, "code"u8).ToArray();
        return default;
    }

    public sealed override ReadOnlyMemory<byte> Close(CloseReason reason) =>
        (byte[])[.. !Confirmed && _refusal is { } code ? Refuse(code) : [], .. End(reason, Confirmed)];

    /// <summary>Whether this end of the subscription ends its connection, too. A refusal does not.</summary>
    public virtual bool EndsConnection(CloseReason reason) => Confirmed;

    /// <summary>It stands.</summary>
    protected abstract byte[] Confirm();

    /// <summary>It does not, for the reason of this error code.</summary>
    protected abstract byte[] Refuse(ReadOnlySpan<byte> code);

    /// <summary>A frame; none if this protocol does not tell it.</summary>
    protected abstract byte[] Tell(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload);

    /// <summary>The last bytes. A connection with several subscriptions says them itself.</summary>
    protected virtual byte[] End(CloseReason reason, bool confirmed) => [];
}
