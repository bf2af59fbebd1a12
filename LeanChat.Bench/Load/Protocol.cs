using System.Globalization;
using System.Text;

namespace LeanChat.Bench.Load;

/// <summary>The protocol of one kind of server: from the first byte until a socket is ready, then messages.</summary>
internal abstract class Protocol
{
    private static ReadOnlySpan<byte> Seq => "\"seq\":"u8;

    private byte[] _scratch = [];
    private Template? _message;

    /// <summary>Told of everything that is received.</summary>
    public ClientSockets Sockets { get; set; } = null!;

    /// <summary>The first bytes on a new connection.</summary>
    public abstract byte[] Handshake(ClientSocket socket);

    /// <summary>Handles the whole frames at the beginning of <paramref name="bytes"/>; returns their length.</summary>
    public abstract int Parse(ClientSocket socket, ReadOnlySpan<byte> bytes);

    /// <summary>Makes what needs a running server, such as users, unless that was done before.</summary>
    public virtual Task PrepareAsync(LoadRequest request) => Task.CompletedTask;

    /// <summary>A whole frame that sends message NNNNNNNN in topic TTTTT.</summary>
    protected abstract byte[] Message();

    /// <summary>The frames of <paramref name="count"/> messages, one after the other.</summary>
    public ReadOnlySpan<byte> Compose(int topic, int number, int count)
    {
        _message ??= new Template(Message());
        if (_scratch.Length < count * _message.Length)
            _scratch = new byte[count * _message.Length];
        for (var i = 0; i < count; i++)
            _message.Write(_scratch.AsSpan(i * _message.Length), topic, number + i);
        return _scratch.AsSpan(0, count * _message.Length);
    }

    /// <summary>A message's text: #, its number, and padding that makes all servers deliver as many bytes. Nothing else has a #.</summary>
    protected static string Content(int padding) => "#" + Template.Number + new string('x', padding);

    /// <summary>The name of the socket's chat.</summary>
    protected static string Topic(ClientSocket socket) => socket.Topic.ToString("00000", CultureInfo.InvariantCulture);

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Counts a message of a server that numbers them; a chat has one sender, who counts from 1, as the seq must.</summary>
    protected void Deliver(ClientSocket socket, int number, int seq, int wireLength)
    {
        if (seq == number)
            Sockets.Deliver(socket, number, wireLength);
        else
            Sockets.Fail(socket, $"message {number} has seq {seq}");
    }

    /// <summary>The number in a message's text; 0 when this is no message.</summary>
    protected static int NumberIn(ReadOnlySpan<byte> payload)
    {
        var at = payload.IndexOf((byte)'#') + 1;
        if (at == 0 || payload.Length < at + Template.Number.Length)
            return 0;
        return ReadNumber(payload.Slice(at, Template.Number.Length));
    }

    /// <summary>The seq in a message as delivered; 0 when there is none.</summary>
    protected static int SeqIn(ReadOnlySpan<byte> payload)
    {
        var at = payload.IndexOf(Seq) + Seq.Length;
        return at < Seq.Length ? 0 : ReadNumber(payload[at..]);
    }

    /// <summary>The digits up to the first byte that is none.</summary>
    private static int ReadNumber(ReadOnlySpan<byte> bytes)
    {
        var number = 0;
        foreach (var digit in bytes)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                break;
            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}
