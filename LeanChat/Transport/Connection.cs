namespace LeanChat.Transport;

/// <summary>A two-way stream of bytes with another machine. One reads at a time, and one writes.</summary>
internal abstract class Connection
{
    /// <summary>Looks at what was read as it goes by.</summary>
    public Watch? Watched { get; set; }

    /// <summary>Reads what is there, waiting for the first byte; 0 when nothing comes any more. With no room to read into it only waits.</summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>
    /// Takes these bytes over at once, and completes when there is room for more: on the spot, unless the other side reads too
    /// slowly. Throws <see cref="IOException"/> when the line is cut or broken.
    /// </summary>
    public abstract ValueTask WriteAsync(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Ends whatever waits for the line, on other threads, and all that is tried later. What was written is still delivered, unless
    /// it is to be forgotten: a reader who stands still holds megabytes of ours.
    /// </summary>
    public abstract void Cut(bool forget = false);

    protected void Pass(ReadOnlySpan<byte> read) => Watched?.Invoke(read);

    /// <summary>Looks at bytes. It must not wait.</summary>
    public delegate void Watch(ReadOnlySpan<byte> read);

    /// <summary>The last: gives the line back.</summary>
    public abstract void Close();
}
