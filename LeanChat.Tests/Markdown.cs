using System.Text.RegularExpressions;

namespace LeanChat.Tests;

/// <summary>A document of the repository: its headings, tables, links, and what it names in code.</summary>
internal sealed partial class Markdown
{
    private readonly string _path;
    private readonly string _prose;

    /// <param name="path">From the repository's folder.</param>
    public Markdown(string path)
    {
        (_path, Text) = (path, File.ReadAllText(Path.Combine(Repository, path)).ReplaceLineEndings("\n"));
        _prose = Fences().Replace(Text, "");
    }

    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Here(), "../.."));

    public string Text { get; }

    /// <summary>What stands in code within the prose, each once. Blocks of code are left out.</summary>
    public IReadOnlyList<string> Codes => [.. Spans().Matches(_prose).Select(span => span.Groups[1].Value).Distinct()];

    /// <summary>The rows of the tables under a heading, without their head: the cells of each.</summary>
    public IReadOnlyList<string[]> Rows(string heading) =>
        [.. Section(heading).Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(line => line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries))];

    /// <summary>The first cell of each row under a heading, without the marks of code.</summary>
    public IReadOnlyList<string> Names(string heading) => [.. Rows(heading).Select(row => row[0].Trim('`'))];

    /// <summary>What stands in code in a cell.</summary>
    public static IEnumerable<string> CodesOf(string cell) => Spans().Matches(cell).Select(span => span.Groups[1].Value);

    /// <summary>Relative links that lead to no file, or to no heading of one.</summary>
    public IEnumerable<string> DeadLinks()
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository, _path))!;
        var links = Links().Matches(Spans().Replace(_prose, "")).Select(match => match.Groups[1].Value + match.Groups[2].Value);
        foreach (var link in links.Distinct())
        {
            if (link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal))
                continue;
            var (file, heading) = link.Split('#') is [var before, var after] ? (before, after) : (link, "");
            var target = Path.GetFullPath(Path.Combine(folder, file.Length == 0 ? Path.GetFileName(_path) : Uri.UnescapeDataString(file)));
            if (!Path.Exists(target))
                yield return $"{_path}: {link} leads to no file";
            else if (heading.Length > 0 && !new Markdown(Path.GetRelativePath(Repository, target)).Anchors.Contains(heading))
                yield return $"{_path}: {link} leads to no heading";
        }
    }

    /// <summary>The names under which headings are found, as GitHub makes them.</summary>
    private IEnumerable<string> Anchors => Headings().Matches(_prose)
        .Select(heading => Unspoken().Replace(heading.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    private string Section(string heading)
    {
        var start = Regex.Match(_prose, $@"^#+ {Regex.Escape(heading)}\n", RegexOptions.Multiline);
        start.Success.Should().BeTrue("{0} has a heading {1}", _path, heading);
        var rest = _prose[(start.Index + start.Length)..];
        return Headings().Match(rest) is { Success: true, Index: var end } ? rest[..end] : rest;
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;

    [GeneratedRegex(@"^ *```.*?^ *```\n", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fences();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Spans();

    [GeneratedRegex(@"\]\(([^)\s]+)\)|<img src=""([^""]+)""")]
    private static partial Regex Links();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Unspoken();
}
