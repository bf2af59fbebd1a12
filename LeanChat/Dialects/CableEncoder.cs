using LeanChat.Live;

namespace LeanChat.Dialects;

/// <summary>What a connection of ActionCable says itself: `welcome`, `ping`, and why it ends.</summary>
internal sealed class CableEncoder(SharedConnection connection) : FrameEncoder
{
    /// <summary>
    /// The client wants a ping every 3 s, and reconnects without one for 6. Keep-alives are looked at once a second, so this makes 3 s.
    /// </summary>
    private const int PingInterval = 2_500;

    private long _pingedAt = Environment.TickCount64;

    /// <summary>A message of the connection itself.</summary>
    public static Frame Message(ReadOnlySpan<byte> json) => Frame.Raw(WebSocketWire.Text(json));

    public override Frame? Beat(long now)
    {
        if (now - _pingedAt < PingInterval)
            return null;
        _pingedAt = now;
        return Message(System.Text.Encoding.ASCII.GetBytes(
            $$"""{"type":"ping","message":{{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}}}"""));
    }

    /// <summary>What is told to every socket comes another way here: `going_away` as the reason of the end.</summary>
    public override ReadOnlyMemory<byte> Encode(Frame frame) => frame.IsRaw ? frame.WebSocketBytes : default;

    public override ReadOnlyMemory<byte> Close(CloseReason reason)
    {
        connection.EndParts();
        var (why, comesBack) = reason.Code switch
        {
            4401 or 4403 => ("unauthorized", "false"),
            4408 => ("remote", "false"),
            1012 => ("server_restart", "true"),
            1008 => ("invalid_request", "false"),
            _ => ("", ""),
        };
        byte[] told = why.Length == 0 ? [] : WebSocketWire.Text(System.Text.Encoding.ASCII.GetBytes(
            $$"""{"type":"disconnect","reason":"{{why}}","reconnect":{{comesBack}}}"""));
        return (byte[])[.. told, .. WebSocketWire.Close(reason)];
    }
}

/// <summary>One subscription: its identifier comes back byte for byte.</summary>
internal sealed class CableSubscriptionEncoder(string identifier) : SubscriptionEncoder
{
    private readonly byte[] _identifier = FramePayload.Quote(identifier);

    /// <summary>The identifier is not let in.</summary>
    public static Frame Rejection(byte[] quoted) => Frame.Raw(Typed(quoted, "reject_subscription"u8));

    protected override byte[] Confirm() => Typed(_identifier, "confirm_subscription"u8);

    protected override byte[] Refuse(ReadOnlySpan<byte> code) => Typed(_identifier, "reject_subscription"u8);

    protected override byte[] Tell(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload) =>
        WebSocketWire.Text((byte[])[.. "{\"identifier\":"u8, .. _identifier, .. ",\"message\":"u8, .. payload, (byte)'}']);

    private static byte[] Typed(byte[] identifier, ReadOnlySpan<byte> type) =>
        WebSocketWire.Text((byte[])[.. "{\"identifier\":"u8, .. identifier, .. ",\"type\":\""u8, .. type, .. "\"}"u8]);
}
