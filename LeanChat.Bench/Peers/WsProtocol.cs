using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>The JSON of the scripts for ws: `join` first, then each message; the server answers `ready`.</summary>
/// <param name="stores">Messages come back with their seq and their time.</param>
internal sealed class WsProtocol(bool stores) : WebSocketProtocol
{
    private const int Padding = 208, PaddingWhereStored = 158;

    protected override string Path(ClientSocket socket) => "/";

    protected override void OnOpen(ClientSocket socket) => Send(socket, $$"""{"join":"{{Topic(socket)}}"}""");

    protected override byte[] Message() => TextFrame($$"""{"text":"{{Content(stores ? PaddingWhereStored : Padding)}}"}""");

    protected override void OnData(ClientSocket socket, ReadOnlySpan<byte> payload, int wireLength)
    {
        if (NumberIn(payload) is > 0 and var number)
            Deliver(socket, number, stores ? SeqIn(payload) : number, wireLength);
        else
            Sockets.MarkReady(socket);
    }
}
