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
    private readonly IDuplexPipe _line;
    private Func<Task>? _rest;
    private (Action<object> Work, object State)? _heartbeat;

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
        own._heartbeat = null;
        if (own._rest is { } rest)
        {
            own._rest = null;
            await rest();
        }
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

    public void OnHeartbeat(Action<object> action, object state) => _heartbeat = (action, state);

    private void Beat()
    {
        if (_heartbeat is var (work, state))
            work(state);
    }
}
