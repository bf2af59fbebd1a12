using System.Globalization;
using System.Text;
using LeanChat.Chats;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;
using Microsoft.Data.Sqlite;

namespace LeanChat.Tests;

/// <summary>The splitter agrees with itself: what it makes of a text is found by what it makes of a part of that text.</summary>
public sealed class SearchWordsSpecs
{
    [Fact]
    public void Whatever_is_said_is_found_by_its_parts()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        connection.Run(Migrations.Schema);
        var random = new Random(20261128);
        for (var round = 1; round <= 1000; round++)
        {
            var text = Anything(random);
            Run(connection, "insert into message_words (rowid, words) values (1, @text)", SearchWords.Join(text));
            foreach (var part in Parts(text, random))
            {
                if (SearchStore.Match(SearchWords.Phrases(part)) is { } match)
                    Run(connection, "select count(*) from message_words where message_words match @text", match)
                        .Should().Be(1, $"round {round}: {Escaped(part)} is in {Escaped(text)}");
            }

            Run(connection, "delete from message_words where rowid = 1", null);
        }
    }

    /// <summary>Words, runs and signs from all over Unicode, in scripts that people mix and in those that they do not.</summary>
    private static string Anything(Random random)
    {
        (int From, int To)[] blocks =
        [
            (0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xEFF),
            (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x3000, 0x30FF), (0x3130, 0x318F),
            (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0xFE00, 0xFFEF), (0x1F600, 0x1F64F), (0x20000, 0x20100), (0x21, 0x10FFFF),
        ];
        var text = new StringBuilder();
        for (var run = random.Next(1, 9); run > 0; run--)
        {
            var (from, to) = blocks[random.Next(blocks.Length)];
            for (var each = random.Next(1, 8); each > 0; each--)
            {
                var code = random.Next(from, to + 1);
                text.Append(code is >= 0xD800 and <= 0xDFFF ? "x" : char.ConvertFromUtf32(code));
            }

            if (random.Next(3) == 0)
                text.Append(" '’-.\u200B\u00AD"[random.Next(7)]);
        }

        return text.ToString();
    }

    /// <summary>All of it, what stands between blanks, beginnings of words, and any piece of a run without spaces.</summary>
    private static IEnumerable<string> Parts(string text, Random random)
    {
        yield return text;
        var chunks = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var first = random.Next(chunks.Length + 1);
        yield return string.Join(' ', chunks.Skip(first).Take(random.Next(4)));
        foreach (var word in SearchWords.Split(text))
        {
            yield return word.Text;
            yield return string.Concat(word.Text.EnumerateRunes().Take(random.Next(1, word.Text.Length + 1)));
        }

        // Characters of scripts without spaces, as they stand: from any to any other.
        var runes = text.EnumerateRunes().ToArray();
        for (var from = 0; from < runes.Length; from++)
        {
            if (!IsWhole(runes[from]))
                continue;
            var to = from + 1;
            while (to < runes.Length && to < from + 5 && IsWhole(runes[to]) && Scripts.Of(runes[to]) == Scripts.Of(runes[from]))
                to++;
            var end = random.Next(from + 1, to + 1);
            if (end == runes.Length || !Joins(runes[end]))
                yield return string.Concat(runes[from..end]);
        }
    }

    /// <summary>A sign that joins the one before it, as conjoining letters of Hangul and kana marks do.</summary>
    private static bool Joins(Rune rune) => Folding.Of(rune, new char[2]) is [>= '\u1100' and <= '\u11FF' or '\u3099' or '\u309A', ..];

    private static bool IsWhole(Rune rune) =>
        Scripts.Of(rune) is Script.Pairs or Script.Triples && !Joins(rune) && Folding.Of(rune, new char[2]).SequenceEqual(rune.ToString());

    private static string Escaped(string text) =>
        string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? $"{c}" : $"\\u{(int)c:X4}"));

    private static long Run(SqliteConnection connection, string sql, string? text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("@text", text ?? "");
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
