using System.Globalization;
using System.Text;
using LeanChat.Chats;
using LeanChat.Text;

namespace LeanChat.Bench.Load;

/// <summary>How one kind of server is spoken to: from the first byte to `ready`, then messages.</summary>
internal abstract class Wire
{
    private byte[] _scratch = [];
    private Template? _message;

    /// <summary>Where what is understood goes.</summary>
    public Crowd Crowd { get; set; } = null!;

    /// <summary>What is sent first on a new connection.</summary>
    public abstract byte[] Hello(Line line);

    /// <summary>Understands the whole frames at the beginning of <paramref name="bytes"/>; tells how many bytes that were.</summary>
    public abstract int Take(Line line, ReadOnlySpan<byte> bytes);

    /// <summary>Makes what is only known once the server runs, such as users, unless that was done before.</summary>
    public virtual Task PrepareAsync(LoadOrder order) => Task.CompletedTask;

    /// <summary>A whole frame that says message NNNNNNNN in topic TTTTT.</summary>
    protected abstract byte[] Message();

    /// <summary>The frames of so many messages, one behind the other.</summary>
    public ReadOnlySpan<byte> Compose(int topic, int number, int count)
    {
        _message ??= new Template(Message());
        if (_scratch.Length < count * _message.Length)
            _scratch = new byte[count * _message.Length];
        for (var i = 0; i < count; i++)
            _message.Fill(_scratch.AsSpan(i * _message.Length), topic, number + i);
        return _scratch.AsSpan(0, count * _message.Length);
    }

    /// <summary>What a message says: its number behind a mark that occurs nowhere else, and as much more as makes all servers deliver the same size.</summary>
    protected static string Content(int padding) => "#" + Template.Number + new string('x', padding);

    /// <summary>The name of its chat.</summary>
    protected static string Topic(Line line) => line.Topic.ToString("00000", CultureInfo.InvariantCulture);

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The number of the message in there; 0 when it is none.</summary>
    protected static int NumberIn(ReadOnlySpan<byte> payload)
    {
        var at = payload.IndexOf((byte)'#') + 1;
        if (at == 0 || payload.Length < at + Template.Number.Length)
            return 0;
        var number = 0;
        foreach (var digit in payload.Slice(at, Template.Number.Length))
            number = (number * 10) + (digit - '0');
        return number;
    }
}
