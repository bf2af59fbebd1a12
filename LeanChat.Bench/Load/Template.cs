using System.Text;

namespace LeanChat.Bench.Load;

/// <summary>Bytes with placeholders for a topic and a number.</summary>
internal sealed class Template
{
    public const string Number = "NNNNNNNN";
    public const string Topic = "TTTTT";

    private readonly byte[] _bytes;
    private readonly int[] _numbers;
    private readonly int[] _topics;

    public Template(byte[] bytes)
    {
        _bytes = bytes;
        var text = Encoding.Latin1.GetString(bytes);
        (_numbers, _topics) = (Find(text, Number), Find(text, Topic));
    }

    public int Length => _bytes.Length;

    /// <summary>Writes the bytes with the placeholders filled in.</summary>
    public void Write(Span<byte> target, int topic, int number)
    {
        _bytes.CopyTo(target);
        foreach (var at in _numbers)
            WriteDigits(target.Slice(at, Number.Length), number);
        foreach (var at in _topics)
            WriteDigits(target.Slice(at, Topic.Length), topic);
    }

    private static void WriteDigits(Span<byte> target, int value)
    {
        for (var i = target.Length - 1; i >= 0; i--, value /= 10)
            target[i] = (byte)('0' + (value % 10));
    }

    private static int[] Find(string text, string placeholder)
    {
        var found = new List<int>();
        for (var at = 0; (at = text.IndexOf(placeholder, at, StringComparison.Ordinal)) >= 0; at += placeholder.Length)
            found.Add(at);
        return [.. found];
    }
}
