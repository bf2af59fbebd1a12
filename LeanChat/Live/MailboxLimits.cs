namespace LeanChat.Live;

/// <summary>How much may wait for one socket, and how long its reads and writes may take.</summary>
/// <param name="Frames">Frames that may wait.</param>
/// <param name="Bytes">Bytes that may wait.</param>
/// <param name="FrameBytes">The largest message a client may send, in bytes.</param>
/// <param name="FrameTime">How long a message may take from its first byte to its last.</param>
/// <param name="WriteTime">How long a write may take before the reader counts as stuck.</param>
/// <param name="PingInterval">How often a silent socket is pinged.</param>
/// <param name="PongTime">How long a pong may take.</param>
internal sealed record MailboxLimits(
    int Frames, int Bytes, int FrameBytes, TimeSpan FrameTime, TimeSpan WriteTime, TimeSpan PingInterval, TimeSpan PongTime)
{
    /// <summary>How long the other side may take to answer our close before the connection is cut.</summary>
    public static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);
}
