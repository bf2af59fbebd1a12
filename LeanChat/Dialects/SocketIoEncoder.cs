using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>Writes frames as events of Socket.IO: the name is the frame's type, the argument the whole frame.</summary>
internal sealed class SocketIoEncoder : SubscriptionEncoder
{
    private const int PingInterval = 25_000;
    private const int PingTimeout = 20_000;

    private static readonly Frame Ping = Frame.Raw(WebSocketWire.Text("2"u8));

    private long _pingedAt = Environment.TickCount64;

    /// <summary>The first packet of Engine.IO.</summary>
    public static Frame Open(int maxPayload) => Frame.Raw(WebSocketWire.Text(Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        0{"sid":"{{NewId()}}","upgrades":[],"pingInterval":{{PingInterval}},"pingTimeout":{{PingTimeout}},"maxPayload":{{maxPayload}}}
        """))));

    public static Frame InvalidNamespace(ReadOnlySpan<byte> name) => Frame.Raw(WebSocketWire.Text((byte[])
        [.. "44"u8, .. name, .. ",{\"message\":\"Invalid namespace\"}"u8]));

    /// <summary>Acknowledges a message with how it is stored.</summary>
    public static Frame Sent(byte[] number, SupportMessage message) =>
        Acknowledgement(number, JsonSerializer.SerializeToUtf8Bytes(message, ChatJson.Strict.SupportMessage));

    /// <summary>Acknowledges a message that was not stored, with the reason.</summary>
    public static Frame Unsent(byte[] number, ApiError error, string? clientId) => Acknowledgement(
        number, JsonSerializer.SerializeToUtf8Bytes(
        new UnsentMessage(error.Code, error.Message, clientId, (long?)error.RetryAfter?.TotalMilliseconds),
        DialectJson.Strict.UnsentMessage));

    public override Frame? Beat(long now)
    {
        if (now - _pingedAt < PingInterval)
            return null;
        _pingedAt = now;
        return Ping;
    }

    protected override byte[] Confirm() => WebSocketWire.Text(Encoding.ASCII.GetBytes($$"""40{"sid":"{{NewId()}}"}"""));

    protected override byte[] Refuse(ReadOnlySpan<byte> code) =>
        WebSocketWire.Text((byte[])[.. "44{\"message\":\""u8, .. code, .. "\"}"u8]);

    protected override byte[] Tell(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload) =>
        WebSocketWire.Text((byte[])[.. "42[\""u8, .. type, .. "\","u8, .. payload, (byte)']']);

    /// <summary>After a DISCONNECT packet the client stays away; without one it comes back.</summary>
    protected override byte[] End(CloseReason reason, bool confirmed) =>
        confirmed && reason.Code is 4401 or 4403
            ? [.. WebSocketWire.Text("41"u8), .. WebSocketWire.Close(reason)]
            : WebSocketWire.Close(reason);

    private static Frame Acknowledgement(byte[] number, byte[] json) =>
        Frame.Raw(WebSocketWire.Text((byte[])[.. "43"u8, .. number, (byte)'[', .. json, (byte)']']));

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));
}
