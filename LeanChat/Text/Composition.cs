using System.Text;

namespace LeanChat.Text;

/// <summary>Composes two characters into one: some systems (macOS, halfwidth kana) write them apart, others together.</summary>
internal static class Composition
{
    private const string Voiced = "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホゝヽ";
    private const string HalfVoiced = "はひふへほハヒフヘホ";

    /// <summary>The composed character; null where there is none (Unicode 17, §3.12 for Hangul).</summary>
    public static Rune? Of(Rune first, Rune second)
    {
        var (a, b) = (first.Value, second.Value);
        return b switch
        {
            0x3099 => OfVoiced(a),
            0x309A when a <= char.MaxValue && HalfVoiced.Contains((char)a) => new Rune(a + 2),
            >= 0x1161 and <= 0x1175 when a is >= 0x1100 and <= 0x1112 =>
                new Rune(0xAC00 + ((((a - 0x1100) * 21) + b - 0x1161) * 28)),
            >= 0x11A8 and <= 0x11C2 when a is >= 0xAC00 and <= 0xD7A3 && (a - 0xAC00) % 28 == 0 => new Rune(a + b - 0x11A7),
            _ => null,
        };
    }

    private static Rune? OfVoiced(int a) => a switch
    {
        0x3046 => new Rune(0x3094),
        0x30A6 => new Rune(0x30F4),
        >= 0x30EF and <= 0x30F2 => new Rune(a + 8),
        _ => a <= char.MaxValue && Voiced.Contains((char)a) ? new Rune(a + 1) : null,
    };
}
