using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>The sources can be read: no line is too wide, no file too long to be one thing.</summary>
public sealed class SourceSpecs
{
    private const int Columns = 140;

    private const int LinesOfTheProduct = 250;

    private const int LinesOfStories = 500;

    [Fact]
    public void No_line_is_wider_than_140_columns() =>
        Sources("LeanChat", "LeanChat.Tests", "LeanChat.Proof", "LeanChat.Bench")
            .SelectMany(source => source.Lines.Select((line, at) => (line.Length, Where: $"{source.File}:{at + 1}")))
            .Where(line => line.Length > Columns).Select(line => line.Where).Should().BeEmpty();

    [Fact]
    public void No_file_of_the_product_is_longer_than_250_lines() =>
        Sources("LeanChat").Where(source => source.Lines.Length > LinesOfTheProduct)
            .Select(source => source.File).Should().BeEmpty();

    [Fact]
    public void No_file_of_stories_proofs_and_benches_is_longer_than_500_lines() =>
        Sources("LeanChat.Tests", "LeanChat.Proof", "LeanChat.Bench").Where(source => source.Lines.Length > LinesOfStories)
            .Select(source => source.File).Should().BeEmpty();

    private static IEnumerable<(string File, string[] Lines)> Sources(params string[] projects) =>
        from project in projects
        from path in Directory.GetFiles(Path.Combine(Markdown.Repository, project), "*.cs", SearchOption.AllDirectories)
        let file = Path.GetRelativePath(Markdown.Repository, path).Replace('\\', '/')
        where !Regex.IsMatch(file, "/(bin|obj)/")
        select (file, File.ReadAllLines(path));
}
