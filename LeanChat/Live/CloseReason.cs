namespace LeanChat.Live;

/// <summary>Why a socket is closed (RFC 6455 §7.4). Each tells the client what to do next.</summary>
/// <param name="Code">The close code.</param>
/// <param name="Reason">A few words for logs and debuggers; at most 123 bytes.</param>
/// <param name="Drops">True: waiting frames are not sent any more; the client resumes from the database.</param>
internal sealed record CloseReason(ushort Code, string Reason, bool Drops = false)
{
    /// <summary>The other side closed, or the connection broke: nothing to do.</summary>
    public static readonly CloseReason Normal = new(1000, "");

    /// <summary>Binary data: stop after the third time.</summary>
    public static readonly CloseReason Binary = new(1003, "text frames only");

    /// <summary>Malformed frames: stop after the third time.</summary>
    public static readonly CloseReason Malformed = new(1008, "malformed frames");

    /// <summary>A frame not finished in time: stop after the third time.</summary>
    public static readonly CloseReason Unfinished = new(1008, "frame not complete in time");

    /// <summary>A frame over the limit: reconnect, and do not send that message again.</summary>
    public static readonly CloseReason TooBig = new(1009, "frame too large");

    /// <summary>Our fault: back off.</summary>
    public static readonly CloseReason ServerError = new(1011, "server error");

    /// <summary>A restart: wait as `going_away` said, with jitter.</summary>
    public static readonly CloseReason Restarting = new(1012, "restarting");

    /// <summary>Overload: back off, starting at 10 s.</summary>
    public static readonly CloseReason Overloaded = new(1013, "overloaded");

    /// <summary>The session is unknown or has ended: get a new one once, else stop.</summary>
    public static readonly CloseReason SessionEnded = new(4401, "session unknown or ended", Drops: true);

    /// <summary>Another user's chat, or a blocked user: stop.</summary>
    public static readonly CloseReason Forbidden = new(4403, "forbidden", Drops: true);

    /// <summary>No `auth` in time: back off.</summary>
    public static readonly CloseReason NoAuth = new(4408, "no auth in time");

    /// <summary>Too many sockets of this user: wait until the tab is visible.</summary>
    public static readonly CloseReason TooManySockets = new(4409, "too many sockets");

    /// <summary>The client reads too slowly: reconnect with `after`.</summary>
    public static readonly CloseReason TooSlow = new(4410, "reading too slowly", Drops: true);

    /// <summary>Far too many messages: wait 30 s.</summary>
    public static readonly CloseReason TooManyMessages = new(4429, "too many messages");
}
