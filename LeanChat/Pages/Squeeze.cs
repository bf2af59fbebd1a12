using System.Text.RegularExpressions;

namespace LeanChat.Pages;

/// <summary>Makes a script smaller without changing what it does: comments, needless white space and the length of #private names. Marks such as /*&lt;settings&gt;*/ stay.
/// It knows just as much JavaScript as widget.js uses: statements end with a semicolon, a template is a style sheet or one line, and holds no #private name.</summary>
internal static partial class Squeeze
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>The script, squeezed.</summary>
    public static string Script(string source)
    {
        var names = new Dictionary<string, string>();
        return Tokens().Replace(source, token =>
            token.Groups["private"] is { Success: true, Value: var name } ? names.TryGetValue(name, out var known) ? known : names[name] = Name(names.Count)
            : token.Groups["comment"].Success ? ""
            : token.Groups["sign"] is { Success: true, Value: var sign } ? sign
            : token.Groups["sheet"] is { Success: true, Value: var sheet } ? LineEnds().Replace(sheet, "")
            : token.Value);
    }

    private static string Name(int number) => "#" + (number < Letters.Length ? "" : Letters[(number / Letters.Length) - 1]) + Letters[number % Letters.Length];

    /// <summary>What ends a line of a style sheet without meaning anything.</summary>
    [GeneratedRegex(@"(?<=[{};,])\n|;(?=\n?\})")]
    private static partial Regex LineEnds();

    /// <summary>Literals first, so that nothing in them is taken for anything else; a slash begins a pattern only after one of the signs named.</summary>
    [GeneratedRegex(
        """
        '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" | (?<sheet>`(?:\\.|[^`\\])*`)
        | (?<=[(,=:?!&|;>][ ]*)/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/[a-z]*
        | /\*</?\w+>\*/ | (?<comment>/\*.*?\*/[ ]?)
        | (?<private>\#[a-zA-Z]\w*)
        | [ ](?<sign>[-+/])[ ](?![-+/])
        | \s*(?<sign>=>|[{}()\[\];,=?:&|!<>*%])\s*
        """, RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tokens();
}
