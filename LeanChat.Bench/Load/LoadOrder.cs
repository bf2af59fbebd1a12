namespace LeanChat.Bench.Load;

/// <summary>What the load program is told to do.</summary>
/// <param name="Peer">Which server it speaks to.</param>
/// <param name="Port">Where it listens on 127.0.0.1.</param>
/// <param name="Folder">Where it keeps its data, and what the load program has made there beforehand.</param>
/// <param name="Process">Its process; those it has started are counted with it.</param>
/// <param name="Topics">Chats.</param>
/// <param name="Members">Sockets in each of them; the first one sends.</param>
/// <param name="Rate">Messages a second over all chats; 0: as fast as it goes.</param>
/// <param name="Window">Messages of one chat that are under way at a time, where it goes as fast as it can.</param>
/// <param name="Work">What is measured.</param>
/// <param name="Seconds">How long.</param>
/// <param name="WarmUp">Seconds before that.</param>
internal sealed record LoadOrder(string Peer, int Port, string Folder, int Process, int Topics, int Members, double Rate, int Window, LoadKind Work, double Seconds, double WarmUp)
{
    public int Sockets => Topics * Members;
}

/// <summary>What the load program measures.</summary>
internal enum LoadKind
{
    /// <summary>Nothing: what is needed before, such as users, is made.</summary>
    Prepare,

    /// <summary>Messages.</summary>
    Messages,

    /// <summary>Sockets that do nothing: memory.</summary>
    Idle,

    /// <summary>Sockets accepted per second.</summary>
    Accept,
}
