using System.Globalization;
using System.Text;

namespace LeanChat.Text;

/// <summary>
/// What a character is compared as: NFKD (UAX #15), lower case, without accents, digits as ASCII, ß as ss. What is invisible is
/// nothing. .NET normalizes by ICU only, which the release does not have: hence a table of our own, folding.txt.
/// </summary>
internal static class Folding
{
    private static readonly Lazy<Table> Known = new(Table.Load);

    /// <summary>What a character is folded to, none or more; <paramref name="room"/> (two units) takes one that stays itself.</summary>
    public static ReadOnlySpan<char> Of(Rune rune, Span<char> room)
    {
        if (rune.IsAscii)
        {
            room[0] = char.ToLowerInvariant((char)rune.Value);
            return room[..1];
        }

        // Han, Hangul and most of Thai, by far the most of what is not in the table.
        if (rune.Value is (< 0x4E00 or > 0x9FFF) and (< 0xAC00 or > 0xD7A3) && Known.Value.Find(rune.Value, out var folded))
            return folded;
        return room[..rune.EncodeToUtf16(room)];
    }

    private sealed class Table(int[] codes, int[] ends, string values)
    {
        public bool Find(int code, out ReadOnlySpan<char> folded)
        {
            var at = Array.BinarySearch(codes, code);
            folded = at < 0 ? default : values.AsSpan(at == 0 ? 0 : ends[at - 1], ends[at] - (at == 0 ? 0 : ends[at - 1]));
            return at >= 0;
        }

        public static Table Load()
        {
            using var stream = typeof(Folding).Assembly.GetManifestResourceStream("text/folding.txt")!;
            using var reader = new StreamReader(stream);
            var (codes, ends, values) = (new List<int>(), new List<int>(), new StringBuilder());
            while (reader.ReadLine() is { } line)
            {
                var blank = line.IndexOf(' ', StringComparison.Ordinal);
                codes.Add(int.Parse(line.AsSpan(0, blank), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                values.Append(line, blank + 1, line.Length - blank - 1);
                ends.Add(values.Length);
            }

            return new Table([.. codes], [.. ends], values.ToString());
        }
    }
}
