using System.Text;
using LeanChat.Live;

namespace LeanChat.Dialects;

/// <summary>What a connection of Pusher says itself, and the codes with which it ends.</summary>
internal sealed class PusherEncoder(SharedConnection connection) : FrameEncoder
{
    /// <summary>An event of the connection; its data is JSON in a text.</summary>
    public static Frame Message(string name, string data) => Frame.Raw(Event(name, null, Encoding.UTF8.GetBytes(data)));

    /// <summary>An error of the connection; null: one without a code.</summary>
    public static Frame Error(string? code, string message) => Frame.Raw(WebSocketWire.Text(Encoding.UTF8.GetBytes(
        $$"""{"event":"pusher:error","data":{"code":{{code ?? "null"}},"message":"{{message}}"} }""")));

    /// <summary>A channel that the client may not hear.</summary>
    public static Frame Refusal(string channel) => Frame.Raw(Refused(channel, "forbidden"u8));

    public static byte[] Refused(string channel, ReadOnlySpan<byte> code) => Event(
        "pusher:subscription_error", channel, (byte[])[.. "{\"type\":\"AuthError\",\"error\":\""u8, .. code, .. "\",\"status\":403}"u8]);

    /// <summary>The wire form of an event.</summary>
    public static byte[] Event(string name, string? channel, ReadOnlySpan<byte> data)
    {
        byte[] of = channel is null ? [] : [.. ",\"channel\":"u8, .. FramePayload.Quote(channel)];
        return WebSocketWire.Text((byte[])
        [
            .. "{\"event\":"u8, .. FramePayload.Quote(name), .. of, .. ",\"data\":"u8, .. FramePayload.Quote(data), (byte)'}',
        ]);
    }

    public override ReadOnlyMemory<byte> Encode(Frame frame) => frame.IsRaw ? frame.WebSocketBytes : default;

    /// <summary>4000 to 4099: the client stops; 4100 to 4199: it backs off; 4200 to 4299: it comes back at once.</summary>
    public override ReadOnlyMemory<byte> Close(CloseReason reason)
    {
        connection.EndParts();
        return WebSocketWire.Close(reason with
        {
            Code = reason.Code switch
            {
                4401 or 4403 => 4009,
                4409 => 4004,
                1011 or 1012 or 1013 or 4429 => 4100,
                1009 or 4410 => 4200,
                var other => other,
            },
        });
    }
}

/// <summary>One channel: it is told the messages, and what became of them.</summary>
internal sealed class PusherChannelEncoder(string channel) : SubscriptionEncoder
{
    /// <summary>Too many sockets of the user end the connection, as Pusher's own limit does.</summary>
    public override bool EndsConnection(CloseReason reason) => Confirmed || reason.Code == CloseReason.TooManySockets.Code;

    protected override byte[] Confirm() => PusherEncoder.Event("pusher_internal:subscription_succeeded", channel, "{}"u8);

    protected override byte[] Refuse(ReadOnlySpan<byte> code) => PusherEncoder.Refused(channel, code);

    protected override byte[] Tell(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload) =>
        type.SequenceEqual("new_message"u8) ? PusherEncoder.Event("new-message", channel, FramePayload.PropertyOf(payload, "message"u8))
        : type.SequenceEqual("message_updated"u8)
            ? PusherEncoder.Event("message-updated", channel, FramePayload.PropertyOf(payload, "message"u8))
        : [];
}
