using System.Text.RegularExpressions;

namespace LeanChat.Pages;

/// <summary>widget.js without what only its readers in the repository need: line ends after a sign that asks for more, and long #private names.
/// It reads lines and names, not the language: nothing inside a line changes but such a name, which begins with a small letter after a space, a line's end, a dot or a star.</summary>
internal static partial class Squeeze
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    /// <summary>The script, squeezed; its comment lines and indentation are gone already.</summary>
    public static string Script(string source)
    {
        var names = new Dictionary<string, string>();
        var shorter = PrivateNames().Replace(source, name =>
            names.TryGetValue(name.Value, out var known) ? known : names[name.Value] = $"#{Letters[names.Count % Letters.Length]}{(names.Count < Letters.Length ? "" : names.Count / Letters.Length)}");
        return LineEnds().Replace(shorter, "");
    }

    [GeneratedRegex(@"(?<=[{(\[,;])\n")]
    private static partial Regex LineEnds();

    [GeneratedRegex(@"(?<=[\s.*])#[a-z]\w+")]
    private static partial Regex PrivateNames();
}
