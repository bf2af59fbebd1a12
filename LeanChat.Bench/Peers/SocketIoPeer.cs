using System.Text;
using LeanChat.Bench.Load;
using LeanChat.Chats;

namespace LeanChat.Bench.Peers;

/// <summary>Socket.IO, a room for each topic, WebSocket from the start.</summary>
internal sealed class SocketIoPeer() : NodePeer("socket.io", 4)
{
    public override string Name => "socketio";

    public override Wire Speak() => new SocketIoWire();

    /// <summary>Engine.IO 4 (0 open, 2 ping, 3 pong, 4 message) and within its messages Socket.IO 5 (0 connect, 2 event, 3 acknowledgement).</summary>
    private sealed class SocketIoWire : WebSocketWire
    {
        private const int Padding = 209;

        protected override string Path(Line line) => "/socket.io/?EIO=4&transport=websocket";

        protected override void Opened(Line line)
        {
            // The server speaks first.
        }

        protected override byte[] Message() => TextFrame($$"""42["m","{{Content(Padding)}}"]""");

        protected override void Data(Line line, ReadOnlySpan<byte> payload, int wireLength)
        {
            if (NumberIn(payload) is > 0 and var number)
                Crowd.Deliver(line, number, wireLength);
            else if (payload is [(byte)'0', ..])
                Say(line, "40");
            else if (payload is [(byte)'2'])
                Say(line, "3");
            else if (payload.StartsWith("40"u8))
                Say(line, $$"""420["join","{{Topic(line)}}"]""");
            else if (payload.StartsWith("430"u8))
                Crowd.Arrived(line);
            else
                Crowd.Lose(line, Encoding.UTF8.GetString(payload));
        }
    }
}
