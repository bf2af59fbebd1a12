using LeanChat.Live;
using LeanChat.Text;

namespace LeanChat.Bench.Load;

/// <summary>One socket of the load program.</summary>
internal sealed class Line(int index, int topic, bool sends)
{
    /// <summary>The longest unfinished frame that is kept; every frame here is far shorter.</summary>
    private const int RestLength = 4096;

    public int Index { get; } = index;

    public int Topic { get; } = topic;

    public bool Sends { get; } = sends;

    public int Socket { get; set; }

    public Stage Stage { get; set; }

    /// <summary>The newest message heard: they are numbered 1, 2, 3 … in their topic.</summary>
    public int Heard { get; set; }

    /// <summary>What came of a frame that is not whole yet.</summary>
    public Rest Frame { get; } = new(RestLength);

    /// <summary>What came of a message that is spread over frames, where the protocol does that.</summary>
    public Rest Message { get; } = new(RestLength);
}

/// <summary>How far a socket has come.</summary>
internal enum Stage
{
    Connecting,
    Opening,
    Joining,
    Ready,
    Closed,
}

/// <summary>Bytes kept from one read to the next; no memory until there are any.</summary>
internal sealed class Rest(int capacity)
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
