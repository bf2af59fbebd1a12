using System.Text;

namespace LeanChat.Text;

/// <summary>Two characters that are one: what some systems (macOS, halfwidth kana) write apart and others together.</summary>
internal static class Composition
{
    private const string Voiced = "かきくけこさしすせそたちつてとはひふへほカキクケコサシスセソタチツテトハヒフヘホゝヽ";
    private const string HalfVoiced = "はひふへほハヒフヘホ";

    /// <summary>The one character, null where there is none (Unicode 17, §3.12 for Hangul).</summary>
    public static Rune? Of(Rune first, Rune second)
    {
        var (one, other) = (first.Value, second.Value);
        return other switch
        {
            0x3099 => OfVoiced(one),
            0x309A when one <= char.MaxValue && HalfVoiced.Contains((char)one) => new Rune(one + 2),
            >= 0x1161 and <= 0x1175 when one is >= 0x1100 and <= 0x1112 =>
                new Rune(0xAC00 + ((((one - 0x1100) * 21) + other - 0x1161) * 28)),
            >= 0x11A8 and <= 0x11C2 when one is >= 0xAC00 and <= 0xD7A3 && (one - 0xAC00) % 28 == 0 => new Rune(one + other - 0x11A7),
            _ => null,
        };
    }

    private static Rune? OfVoiced(int one) => one switch
    {
        0x3046 => new Rune(0x3094),
        0x30A6 => new Rune(0x30F4),
        >= 0x30EF and <= 0x30F2 => new Rune(one + 8),
        _ => one <= char.MaxValue && Voiced.Contains((char)one) ? new Rune(one + 1) : null,
    };
}
