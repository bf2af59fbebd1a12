using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>The package ws: `send` to each socket of a topic.</summary>
internal sealed class WsPeer() : NodePeer("ws", "ws@8")
{
    public override string Name => "ws";

    public override Protocol CreateProtocol() => new WsProtocol(stores: false);
}
