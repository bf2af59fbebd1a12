using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>SQL has one place in every room: the stores.</summary>
public sealed partial class RoomSpecs
{
    public static TheoryData<string> Stores => [.. Sources().Select(file => Path.GetRelativePath(Product, file)).Where(IsStore)];

    [Theory]
    [MemberData(nameof(Files))]
    public void SQL_stands_in_stores(string file)
    {
        if (IsStore(file) || RoomOf(file).Split('/')[0] == "Storage")
            return;

        Literals(file).Should().NotContain(
            literal => Sql().IsMatch(literal.Text) || ShoutedSql().IsMatch(literal.Text),
            $"{file} is to call a store");
        Read(file).Code.Should().NotContainAny("Dapper", "Prepared(", "PreparedStatement", "CreateCommand", "CommandText");
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public void A_store_is_a_static_class_whose_SQL_is_constant(string file)
    {
        var sql = Literals(file).Where(literal => Sql().IsMatch(literal.Text)).Select(literal => literal.Text).ToArray();

        Read(file).Code.Should().Contain($"internal static class {Path.GetFileNameWithoutExtension(file)}");
        sql.Should().NotBeEmpty().And.NotContain(text => ShoutedSql().IsMatch(text), "SQL is lower case");
        sql.SelectMany(text => Holes().Matches(text)).Select(hole => hole.Value)
            .Should().BeSubsetOf(
                ["{Columns}", "{Note}", "{Select}", "{ChatStore.Select}"], "SQL takes parameters, and only constants are put into it");
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public void What_only_SQLite_knows_stands_in_a_method_that_says_so(string file)
    {
        var source = File.ReadAllText(Path.Combine(Product, file));
        foreach (var literal in Literals(file).Where(literal => Sql().IsMatch(literal.Text) && SqliteOnly().IsMatch(literal.Text)))
        {
            // The summary of the method that it stands in.
            var before = source[..literal.Index];
            var summary = before[Math.Max(0, before.LastIndexOf("/// <summary>", StringComparison.Ordinal))..];
            Regex.Replace(summary, @"\s+(///\s*)?", " ").Should().Contain("Specific to SQLite", literal.Text);
        }
    }

    [Fact]
    public void The_stores_are_found_and_SQL_is_told_from_words()
    {
        // Otherwise all of the above would be true of nothing.
        Stores.Should().HaveCountGreaterThan(12);
        ((string[])[
            "select 1", " where id = @id", "insert or replace into words (rowid) values (@row)", "delete from users",
            "\n  update letters set a = 1", "pragma user_version",
        ]).Should().OnlyContain(text => Sql().IsMatch(text));
        ((string[])[
            "Select a file from the list", "Set up e-mail", "With love", "It was deleted from your list", "Where is it?",
            "update", "Update the page",
        ]).Should().NotContain(text => Sql().IsMatch(text));
        ((string[])["where w match @match", "select rowid from words", "on +u.id = c.user_id", "insert or replace into words"])
            .Should().OnlyContain(text => SqliteOnly().IsMatch(text));
    }

    private static bool IsStore(string file) =>
        file.EndsWith("Store.cs", StringComparison.Ordinal) && RoomOf(file).Split('/')[0] != "Storage";

    /// <summary>The strings of a file, with where they begin.</summary>
    private static List<(int Index, string Text)> Literals(string file) =>
        [.. Unsaid().Matches(File.ReadAllText(Path.Combine(Product, file))).Where(match => match.Value[0] is '"' or '@')
            .Select(match => (match.Index, match.Value.Trim('@', '"')))];

    /// <summary>Statements, and parts of them.</summary>
    [GeneratedRegex(@"^\s*(select|pragma|vacuum|with \w+ as)\b"
        + @"|\b(insert( or \w+)? into|delete from|update \w+ set|create (unique |virtual )?\w+|alter table|drop \w+|group by|order by)\b"
        + @"|\b(from|join)\s+(\w+_\w+|users|admins|sessions|letters|settings)\b|\bwhere\s+[\w.(+]+\s*(=|<|>|in|is)|\blimit @")]
    private static partial Regex Sql();

    [GeneratedRegex(@"\b(SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET|FROM|WHERE|VALUES|JOIN|LIMIT|ORDER BY)\b")]
    private static partial Regex ShoutedSql();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Holes();

    [GeneratedRegex(@"\bmatch @|\browid\b|\binsert or\b|\bjson_\w+|\bpragma\b|(?<=[\s(])\+\w+\.|\bifnull\b"
        + @"|\bstrftime\b|\bglob\b|\bsqlite_")]
    private static partial Regex SqliteOnly();
}
