namespace LeanChat.Live;

/// <summary>
/// Something to be said to many: a payload and its number. Each protocol makes its own bytes of it where it is sent; those for
/// WebSockets are made once, for they are the same for every recipient.
/// </summary>
/// <param name="payload">The text, as UTF-8.</param>
/// <param name="number">Its place in the topic's order, from 1; 0: none. A socket hears each number once, in order.</param>
/// <param name="restarts">True for the frame with which a socket's counting starts, or starts anew, at <paramref name="number"/>.</param>
internal sealed class Frame(ReadOnlyMemory<byte> payload, long number = 0, bool restarts = false)
{
    private byte[]? _webSocketBytes;

    public ReadOnlyMemory<byte> Payload => payload;

    public long Number => number;

    public bool Restarts => restarts;

    /// <summary>The payload as one text frame of RFC 6455. Two threads may make it at once; either result is the same.</summary>
    public byte[] WebSocketBytes => _webSocketBytes ??= WebSocketWire.Text(payload.Span);

    /// <summary>A control frame that is made already, such as a pong of the WebSocket's reader. It means nothing to other protocols.</summary>
    public static Frame Control(ReadOnlySpan<byte> webSocketBytes) => new(default) { _webSocketBytes = webSocketBytes.ToArray() };
}
