using LeanChat.Bench.Load;
using LeanChat.Chats;
using LeanChat.Text;

namespace LeanChat.Bench.Peers;

/// <summary>SignalR's JSON protocol: messages end with 0x1E, and a frame may hold many of them, or a part of one.</summary>
internal sealed class SignalRWire : WebSocketWire
{
    private const byte End = 0x1E;
    private const string Mark = "\u001e";
    private const int Padding = 178;

    protected override string Path(Line line) => "/hub";

    protected override void Opened(Line line) => Say(line, """{"protocol":"json","version":1}""" + Mark);

    protected override byte[] Message() => TextFrame($$"""{"type":1,"target":"Send","arguments":["{{Template.Topic}}","{{Content(Padding)}}"]}""" + Mark);

    protected override void Data(Line line, ReadOnlySpan<byte> payload, int wireLength)
    {
        var header = wireLength - payload.Length;
        for (var end = payload.IndexOf(End); end >= 0; end = payload.IndexOf(End))
        {
            line.Message.Add(line.Message.Length > 0 ? payload[..end] : default);
            Understand(line, line.Message.Length > 0 ? line.Message.Bytes : payload[..end], header);
            line.Message.Clear();
            payload = payload[(end + 1)..];
        }

        line.Message.Add(payload);
    }

    private void Understand(Line line, ReadOnlySpan<byte> message, int header)
    {
        if (NumberIn(message) is > 0 and var number)
            Crowd.Deliver(line, number, header + message.Length + 1);
        else if (message.SequenceEqual("{}"u8))
            Say(line, $$"""{"type":1,"invocationId":"1","target":"Join","arguments":["{{Topic(line)}}"]}""" + Mark);
        else if (message.StartsWith("{\"type\":3"u8))
            Crowd.Arrived(line);
        else if (message.StartsWith("{\"type\":7"u8))
            Crowd.Lose(line, System.Text.Encoding.UTF8.GetString(message));
    }
}
