using LeanChat.Bench.Load;
using LeanChat.Chats;

namespace LeanChat.Bench.Peers;

/// <summary>The package ws: `send` to each socket of a topic.</summary>
internal sealed class WsPeer() : NodePeer("ws", 8)
{
    public override string Name => "ws";

    public override Wire Speak() => new WsWire();

    private sealed class WsWire : WebSocketWire
    {
        private const int Padding = 208;

        protected override string Path(Line line) => "/";

        protected override void Opened(Line line) => Say(line, $$"""{"join":"{{Topic(line)}}"}""");

        protected override byte[] Message() => TextFrame($$"""{"text":"{{Content(Padding)}}"}""");

        protected override void Data(Line line, ReadOnlySpan<byte> payload, int wireLength)
        {
            if (NumberIn(payload) is > 0 and var number)
                Crowd.Deliver(line, number, wireLength);
            else
                Crowd.Arrived(line);
        }
    }
}
