using LeanChat.Bench.Load;

namespace LeanChat.Bench.Peers;

/// <summary>SignalR's JSON protocol: messages end with 0x1E, and a frame may hold many of them, or a part of one.</summary>
/// <param name="stores">Messages come back with their seq and their time.</param>
internal sealed class SignalRProtocol(bool stores) : WebSocketProtocol
{
    private const byte End = 0x1E;
    private const string Mark = "\u001e";
    private const int Padding = 178, PaddingWhereStored = 115;

    protected override string Path(ClientSocket socket) => "/hub";

    protected override void OnOpen(ClientSocket socket) => Send(socket, """{"protocol":"json","version":1}""" + Mark);

    protected override byte[] Message() => TextFrame(
        $$"""{"type":1,"target":"Send","arguments":["{{Template.Topic}}","{{Content(stores ? PaddingWhereStored : Padding)}}"]}""" + Mark);

    protected override void OnData(ClientSocket socket, ReadOnlySpan<byte> payload, int wireLength)
    {
        var header = wireLength - payload.Length;
        for (var end = payload.IndexOf(End); end >= 0; end = payload.IndexOf(End))
        {
            socket.Message.Add(socket.Message.Length > 0 ? payload[..end] : default);
            HandlePacket(socket, socket.Message.Length > 0 ? socket.Message.Bytes : payload[..end], header);
            socket.Message.Clear();
            payload = payload[(end + 1)..];
        }

        socket.Message.Add(payload);
    }

    private void HandlePacket(ClientSocket socket, ReadOnlySpan<byte> message, int header)
    {
        if (NumberIn(message) is > 0 and var number)
            Deliver(socket, number, stores ? SeqIn(message) : number, header + message.Length + 1);
        else if (message.SequenceEqual("{}"u8))
            Send(socket, $$"""{"type":1,"invocationId":"1","target":"Join","arguments":["{{Topic(socket)}}"]}""" + Mark);
        else if (message.StartsWith("{\"type\":3"u8))
            Sockets.MarkReady(socket);
        else if (message.StartsWith("{\"type\":7"u8))
            Sockets.Fail(socket, System.Text.Encoding.UTF8.GetString(message));
    }
}
