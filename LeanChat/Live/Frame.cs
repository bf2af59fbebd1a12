namespace LeanChat.Live;

/// <summary>
/// A message for many sockets: a payload and its number. Its WebSocket bytes are made once, because they are the same for every
/// recipient. Other protocols encode the payload where they send it (<see cref="FrameEncoder"/>).
/// </summary>
/// <param name="payload">The text, as UTF-8.</param>
/// <param name="number">Its place in the topic's order, from 1; 0: none. A socket gets each number once, in order.</param>
/// <param name="restarts">True: the socket starts counting, again if it did before, at <paramref name="number"/>.</param>
internal sealed class Frame(ReadOnlyMemory<byte> payload, long number = 0, bool restarts = false)
{
    private byte[]? _webSocketBytes;

    public ReadOnlyMemory<byte> Payload => payload;

    public long Number => number;

    public bool Restarts => restarts;

    /// <summary>Whether it is for one connection only, finished, and sent as it is.</summary>
    public bool IsRaw { get; private init; }

    /// <summary>About how much it takes on the wire, in bytes.</summary>
    public int Length => IsRaw ? _webSocketBytes!.Length : payload.Length;

    /// <summary>The payload as one text frame of RFC 6455. Two threads may make it at once, with equal results.</summary>
    public byte[] WebSocketBytes => _webSocketBytes ??= WebSocketWire.Text(payload.Span);

    /// <summary>Finished bytes for one connection: a pong, or what a protocol other than ours says itself.</summary>
    public static Frame Raw(ReadOnlySpan<byte> bytes) => new(default) { _webSocketBytes = bytes.ToArray(), IsRaw = true };
}
