namespace LeanChat.Bench.Load;

/// <summary>What the load program is told to do.</summary>
/// <param name="Peer">The name of the server's peer.</param>
/// <param name="Port">Where it listens on 127.0.0.1.</param>
/// <param name="Folder">Its data, and what the load program has prepared.</param>
/// <param name="Process">Its process id; processes that it started are counted with it.</param>
/// <param name="Topics">Chats.</param>
/// <param name="Members">Sockets in each of them; the first one sends.</param>
/// <param name="Rate">Messages a second over all chats; 0: as fast as it goes.</param>
/// <param name="Window">Messages of one chat that are under way at a time, where there is no rate.</param>
/// <param name="Work">What is measured.</param>
/// <param name="Seconds">How long, in seconds.</param>
/// <param name="WarmUp">Seconds before that.</param>
internal sealed record LoadRequest(
    string Peer,
    int Port,
    string Folder,
    int Process,
    int Topics,
    int Members,
    double Rate,
    int Window,
    LoadKind Work,
    double Seconds,
    double WarmUp)
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
