namespace LeanChat.Bench.Load;

/// <summary>What the load program measured.</summary>
internal sealed record LoadResult
{
    /// <summary>How long was measured, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>CPU seconds of the server in that time.</summary>
    public double ServerCpu { get; init; }

    /// <summary>CPU seconds of the load program in that time: near <see cref="Seconds"/> it is the bottleneck.</summary>
    public double OwnCpu { get; init; }

    /// <summary>Messages received in that time, over all sockets.</summary>
    public long Deliveries { get; init; }

    /// <summary>Messages whose sender received them back in that time.</summary>
    public long Messages { get; init; }

    /// <summary>Messages sent in all, the warm-up included.</summary>
    public long Sent { get; init; }

    /// <summary>Messages in the server's database afterwards; null if it stores none.</summary>
    public long? Stored { get; init; }

    /// <summary>
    /// Deliveries that did not come in time, came twice or out of order, over everything sent; sockets that ended early; messages missing
    /// in the database and chats with gaps.
    /// </summary>
    public long Lost { get; init; }

    /// <summary>What went wrong first.</summary>
    public string? Error { get; init; }

    /// <summary>From send to the sender's own echo, in milliseconds.</summary>
    public double P50 { get; init; }

    public double P99 { get; init; }

    /// <summary>Bytes of a delivered message on the wire.</summary>
    public int WireLength { get; init; }

    /// <summary>Resident kilobytes for a socket.</summary>
    public double MemoryPerSocket { get; init; }

    /// <summary>Sockets that became ready per second.</summary>
    public double SocketsPerSecond { get; init; }
}
