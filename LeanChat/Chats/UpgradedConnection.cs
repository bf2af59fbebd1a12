using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace LeanChat.Chats;

/// <summary>
/// A connection that has stopped speaking HTTP. Its request ends, and all that HTTP has kept for it goes: what comes after the
/// handshake runs here, below that layer. Some 8 kB less for every socket that waits.
/// </summary>
internal sealed class UpgradedConnection : IConnectionHeartbeatFeature
{
    /// <summary>How long what was said last may take to be taken, in heartbeats of a second.</summary>
    private const int LastBeats = 10;

    private readonly IDuplexPipe _line;
    private Func<Task>? _rest;
    private Heartbeat? _heartbeat;

    private UpgradedConnection(ConnectionContext connection)
    {
        _line = connection.Transport;
        connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static own => ((UpgradedConnection)own).Beat(), this);
    }

    /// <summary>Connection middleware: runs what is left to do once HTTP has ended.</summary>
    public static ConnectionDelegate Serve(ConnectionDelegate next) => async connection =>
    {
        var own = new UpgradedConnection(connection);
        connection.Features.Set(own);
        // Kestrel keeps what it is to call every second for as long as the connection lives. Here it is forgotten.
        connection.Features.Set<IConnectionHeartbeatFeature>(own);
        await next(connection);
        // Who stayed with HTTP keeps its heartbeat: that guards the last bytes against a reader who does not take them.
        if (own._rest is not { } rest)
            return;
        (own._rest, own._heartbeat) = (null, null);
        await rest();
        var beats = LastBeats;
        own._heartbeat = new Heartbeat(
            _ =>
            {
                if (--beats == 0)
                    connection.Abort();
            },
            own);
    };

    /// <summary>
    /// Leaves <paramref name="rest"/> to be done on <paramref name="line"/> when the request has ended. False where something stands
    /// between HTTP and the socket, as TLS does: it ends with the request.
    /// </summary>
    public bool TryLeave(IDuplexPipe line, Func<Task> rest)
    {
        if (line != _line)
            return false;
        _rest = rest;
        return true;
    }

    public void OnHeartbeat(Action<object> action, object state) => _heartbeat = new Heartbeat(action, state);

    private void Beat()
    {
        if (Volatile.Read(ref _heartbeat) is { } beat)
            beat.Work(beat.State);
    }

    private sealed record Heartbeat(Action<object> Work, object State);
}
