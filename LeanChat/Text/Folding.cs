using System.Globalization;
using System.Text;

namespace LeanChat.Text;

/// <summary>
/// Folds characters for comparison: NFKD (UAX #15), lower case, without accents and invisible characters, digits as ASCII, ß as ss.
/// It has its own table, folding.txt: .NET normalizes only with ICU, which the release does not include.
/// </summary>
internal static class Folding
{
    private static readonly Lazy<Table> Known = new(Table.Load);

    /// <summary>
    /// The characters that one folds to, none or more. <paramref name="buffer"/> (two units) holds one that does not change.
    /// </summary>
    public static ReadOnlySpan<char> Of(Rune rune, Span<char> buffer)
    {
        if (rune.IsAscii)
        {
            buffer[0] = char.ToLowerInvariant((char)rune.Value);
            return buffer[..1];
        }

        // Skips the search for Han and Hangul, which are most of what is not in the table.
        if (rune.Value is (< 0x4E00 or > 0x9FFF) and (< 0xAC00 or > 0xD7A3) && Known.Value.Find(rune.Value, out var folded))
            return folded;
        return buffer[..rune.EncodeToUtf16(buffer)];
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
