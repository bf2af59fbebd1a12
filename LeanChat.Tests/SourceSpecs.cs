using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>The sources can be read: no line is too wide, no file too long to be one thing.</summary>
public sealed class SourceSpecs
{
    private const int Columns = 140;

    private const int LinesOfTheProduct = 250;

    private const int LinesOfStories = 500;

    /// <summary>A line or two of these are a few columns wider yet.</summary>
    private static readonly string[] Wider =
    [
        "LeanChat/Chats/ChatSetup.cs", "LeanChat/Cli/Commands.cs", "LeanChat/Cli/ServeOptions.cs", "LeanChat/Configuration/SecretBox.cs",
        "LeanChat/Live/LiveSetup.cs", "LeanChat/Mail/LetterReport.cs", "LeanChat/Pages/Asset.cs", "LeanChat/Pages/PageAssets.cs",
        "LeanChat/Pages/PagesSetup.cs", "LeanChat/Pages/UpcomingHours.cs", "LeanChat/Storage/StorageSetup.cs",
        "LeanChat/Transport/TransportSetup.cs",
    ];

    /// <summary>Longer until it is taken apart.</summary>
    private static readonly string[] Longer = ["LeanChat/Chats/ChatConnection.cs"];

    [Fact]
    public void No_line_is_wider_than_140_columns() =>
        Sources("LeanChat", "LeanChat.Tests", "LeanChat.Proof", "LeanChat.Bench").Where(source => !Wider.Contains(source.File))
            .SelectMany(source => source.Lines.Select((line, at) => (line.Length, Where: $"{source.File}:{at + 1}")))
            .Where(line => line.Length > Columns).Select(line => line.Where).Should().BeEmpty();

    [Fact]
    public void No_file_of_the_product_is_longer_than_250_lines() =>
        Sources("LeanChat").Where(source => source.Lines.Length > LinesOfTheProduct && !Longer.Contains(source.File))
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
