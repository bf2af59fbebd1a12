namespace LeanChat.Bench.Load;

/// <summary>One socket of the load program.</summary>
internal sealed class ClientSocket(int index, int topic, bool sends)
{
    /// <summary>The longest incomplete frame that is kept; every frame here is far shorter.</summary>
    private const int FrameLimit = 4096;

    public int Index { get; } = index;

    public int Topic { get; } = topic;

    public bool Sends { get; } = sends;

    /// <summary>The file descriptor.</summary>
    public int Handle { get; set; }

    public SocketState State { get; set; }

    /// <summary>The number of the newest message received: messages are numbered 1, 2, 3 … in their topic.</summary>
    public int LastNumber { get; set; }

    /// <summary>The bytes received of an incomplete frame.</summary>
    public PartialData Frame { get; } = new(FrameLimit);

    /// <summary>The bytes received of an incomplete message, where the protocol spreads messages over frames.</summary>
    public PartialData Message { get; } = new(FrameLimit);
}

/// <summary>From the connection to the first message.</summary>
internal enum SocketState
{
    Connecting,
    Opening,
    Joining,
    Ready,
    Closed,
}

/// <summary>Bytes kept from one read to the next; takes no memory until there are any.</summary>
internal sealed class PartialData(int capacity)
{
    private byte[]? _bytes;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (Length + bytes.Length > capacity)
            throw new InvalidDataException($"A frame of more than {capacity} bytes was not expected.");
        _bytes ??= new byte[capacity];
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Clear() => Length = 0;
}
