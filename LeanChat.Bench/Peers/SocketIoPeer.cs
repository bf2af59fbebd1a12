using System.Text;
using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>Socket.IO, a room for each topic, WebSocket from the start.</summary>
internal sealed class SocketIoPeer() : NodePeer("socketio", "socket.io@4")
{
    public override string Name => "socketio";

    public override Protocol CreateProtocol() => new SocketIoProtocol();

    /// <summary>
    /// Engine.IO 4 (0 open, 2 ping, 3 pong, 4 message), and in its messages Socket.IO 5 (0 connect, 2 event, 3 acknowledgement).
    /// </summary>
    private sealed class SocketIoProtocol : WebSocketProtocol
    {
        private const int Padding = 209;

        protected override string Path(ClientSocket socket) => "/socket.io/?EIO=4&transport=websocket";

        protected override void OnOpen(ClientSocket socket)
        {
            // The server sends the first packet.
        }

        protected override byte[] Message() => TextFrame($$"""42["m","{{Content(Padding)}}"]""");

        protected override void OnData(ClientSocket socket, ReadOnlySpan<byte> payload, int wireLength)
        {
            if (NumberIn(payload) is > 0 and var number)
                Sockets.Deliver(socket, number, wireLength);
            else if (payload is [(byte)'0', ..])
                Send(socket, "40");
            else if (payload is [(byte)'2'])
                Send(socket, "3");
            else if (payload.StartsWith("40"u8))
                Send(socket, $$"""420["join","{{Topic(socket)}}"]""");
            else if (payload.StartsWith("430"u8))
                Sockets.MarkReady(socket);
            else
                Sockets.Fail(socket, Encoding.UTF8.GetString(payload));
        }
    }
}
