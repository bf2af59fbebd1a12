using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>
/// Makes a script smaller without changing what it does: removes comments and needless white space, shortens #private names, and writes
/// `let` for `const`, which repeats more often and so compresses better.
/// Marks such as /*&lt;settings&gt;*/ stay. It understands only the JavaScript that our pages use: statements end with a semicolon, and
/// a template is a style sheet or one line and contains no other template.
/// </summary>
internal static partial class Compactor
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>The script, made smaller.</summary>
    public static string Script(string source)
    {
        var names = new Dictionary<string, string>();
        return Tokens().Replace(source, token =>
            token.Groups["private"] is { Success: true, Value: var name } ? Short(name)
            : token.Groups["comment"].Success ? ""
            : token.Groups["const"].Success ? "let "
            : token.Groups["sign"] is { Success: true, Value: var sign } ? sign
            : token.Groups["sheet"] is { Success: true, Value: var sheet }
                ? PrivateNames().Replace(LineEnds().Replace(sheet, ""), use => Short(use.Value))
            : token.Value);

        string Short(string name) => names.TryGetValue(name, out var known) ? known : names[name] = Name(names.Count);
    }

    /// <summary>
    /// Two scripts that share their style sheets' CSS properties, with short names for those that they declare. Those that are read with
    /// a default stay: the page around might have declared the short name for itself.
    /// </summary>
    public static (string First, string Second) ShortenProperties(string first, string second)
    {
        var both = first + second;
        var optional = OptionalProperties().Matches(both).Select(use => use.Value).ToHashSet();
        var names = DeclaredProperties().Matches(both).Select(declared => declared.Value).Distinct()
            .Where(name => !optional.Contains(name)).Select((name, number) => (name, number))
            .ToDictionary(each => each.name, each => $"--{Letters[each.number]}");
        return (Short(first), Short(second));

        string Short(string script) => Properties().Replace(script, use => names.GetValueOrDefault(use.Value, use.Value));
    }

    /// <summary>A page as it is served, without comments.</summary>
    public static string Page(string source) => PageComments().Replace(source, "");

    private static string Name(int number) =>
        "#" + (number < Letters.Length ? "" : Letters[(number / Letters.Length) - 1]) + Letters[number % Letters.Length];

    /// <summary>A #private name in a template. It follows a dot; a colour does not.</summary>
    [GeneratedRegex(@"(?<=\.)#[a-zA-Z]\w*")]
    private static partial Regex PrivateNames();

    [GeneratedRegex(@"--[a-z][a-z\d-]*")]
    private static partial Regex Properties();

    [GeneratedRegex(@"(?<!\w)--[a-z][a-z\d-]*(?=:)")]
    private static partial Regex DeclaredProperties();

    [GeneratedRegex(@"(?<=var\()--[a-z][a-z\d-]*(?=,)")]
    private static partial Regex OptionalProperties();

    [GeneratedRegex(@"<!--.*?-->\n?|^/\*[^*]*\*/\n", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex PageComments();

    /// <summary>Line ends and semicolons that a style sheet does not need.</summary>
    [GeneratedRegex(@"(?<=[{};,])\n|;(?=\n?\})")]
    private static partial Regex LineEnds();

    /// <summary>
    /// Literals come first, so that nothing inside them matches. A slash begins a regular expression only after one of the listed signs
    /// or after return.
    /// </summary>
    [GeneratedRegex(
        """
        '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" | (?<sheet>`(?:\\.|[^`\\])*`)
        | (?<=[(,=:?!&|;>]\s*|\breturn[ ])/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/[a-z]*
        | /\*</?\w+>\*/ | (?<comment>/\*.*?\*/[ ]?|[ ]?//[ ][^\n]*)
        | (?<private>\#[a-zA-Z]\w*) | (?<const>\bconst[ ])
        | [ ](?<sign>[-+/])[ ](?![-+/])
        | \s*(?<sign>=>|[{}()\[\];,=?:&|!<>*%])\s*
        """, RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tokens();
}
