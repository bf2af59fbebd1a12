using System.Text;
using System.Text.RegularExpressions;
using LeanChat.Configuration;

namespace LeanChat.Tests;

/// <summary>The README's table of settings is the one that the code knows.</summary>
public sealed class ReadmeSpecs
{
    private const string Open = "<!-- settings -->\n";
    private const string Close = "<!-- /settings -->";

    [Fact]
    public void The_table_of_settings_is_complete_and_true()
    {
        var path = Path.Combine(Root(), "README.md");
        var readme = File.ReadAllText(path);
        var table = Regex.Match(readme, $"{Regex.Escape(Open)}(.*?){Regex.Escape(Close)}", RegexOptions.Singleline).Groups[1].Value;
        var expected = Table();
        if (Environment.GetEnvironmentVariable("LEANCHAT_WRITE_README") == "1")
            File.WriteAllText(path, readme.Replace(Open + table + Close, Open + expected + Close, StringComparison.Ordinal));

        table.Should().Be(expected, "run LEANCHAT_WRITE_README=1 dotnet test --filter ReadmeSpecs to write it anew");
    }

    private static string Table()
    {
        var table = new StringBuilder("| key under `LeanChat:` | default | |\n|---|---|---|\n");
        foreach (var setting in Settings.All)
        {
            var mark = setting.Owner ? " ●" : "";
            var standard = setting.Default.Length > 0 ? $"`{setting.Default}`" : "";
            var choices = setting.Choices is null
                ? ""
                : $" One of {string.Join(", ", setting.Choices.Select(choice => $"`{choice}`"))}.";
            table.Append($"| `{setting.Key}`{mark} | {standard} | {setting.Meaning}{choices} |\n");
        }

        return table.ToString();
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LeanChat.sln")) && folder.Parent is { } parent)
            folder = parent;
        return File.Exists(Path.Combine(folder.FullName, "LeanChat.sln")) ? folder.FullName : SourceRoot();
    }

    private static string SourceRoot([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.GetDirectoryName(Path.GetDirectoryName(here))!;
}
