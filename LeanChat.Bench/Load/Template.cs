using System.Text;
using LeanChat.Text;

namespace LeanChat.Bench.Load;

/// <summary>Bytes in which a topic and a number are filled in wherever they stand.</summary>
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
        (_numbers, _topics) = (Places(text, Number), Places(text, Topic));
    }

    public int Length => _bytes.Length;

    public void Fill(Span<byte> into, int topic, int number)
    {
        _bytes.CopyTo(into);
        foreach (var place in _numbers)
            Digits(into.Slice(place, Number.Length), number);
        foreach (var place in _topics)
            Digits(into.Slice(place, Topic.Length), topic);
    }

    private static void Digits(Span<byte> into, int value)
    {
        for (var i = into.Length - 1; i >= 0; i--, value /= 10)
            into[i] = (byte)('0' + (value % 10));
    }

    private static int[] Places(string text, string what)
    {
        var places = new List<int>();
        for (var at = text.IndexOf(what, StringComparison.Ordinal); at >= 0; at = text.IndexOf(what, at + what.Length, StringComparison.Ordinal))
            places.Add(at);
        return [.. places];
    }
}
