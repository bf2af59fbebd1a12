namespace LeanChat.Transport;

/// <summary>A two-way stream of bytes with another machine. One reads at a time, and one writes.</summary>
internal abstract class Connection
{
    /// <summary>Called with all bytes that are read.</summary>
    public ReadObserver? Observer { get; set; }

    /// <summary>Waits for the first bytes and reads them; 0 at the end. With an empty buffer it only waits.</summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>
    /// Takes the bytes over at once. Completes when there is room for more: immediately, unless the other side reads too slowly.
    /// Throws <see cref="IOException"/> when the connection is cut or broken.
    /// </summary>
    public abstract ValueTask WriteAsync(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Ends every wait on this connection, and all later calls. What was written is still delivered, unless
    /// <paramref name="forget"/>: a reader that stopped reading can hold megabytes. The waits end on other threads.
    /// </summary>
    public abstract void Cut(bool forget = false);

    protected void NotifyObserver(ReadOnlySpan<byte> read) => Observer?.Invoke(read);

    /// <summary>Gets bytes that were read. It must not wait.</summary>
    public delegate void ReadObserver(ReadOnlySpan<byte> read);

    /// <summary>Closes the socket. The last call.</summary>
    public abstract void Close();
}
