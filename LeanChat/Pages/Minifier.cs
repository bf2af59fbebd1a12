using System.Text.RegularExpressions;
using NUglify;
using NUglify.JavaScript;

namespace LeanChat.Pages;

/// <summary>Minifies a script when it is served, so that its source can be written for readers.</summary>
internal static partial class Minifier
{
    // NUglify checks regular expressions as .NET does and reports \p{Script=…} as an error; browsers support it.
    private const string UnknownPattern = "JS1013";

    /// <summary>It does not know the loading of a module, and leaves a call alone.</summary>
    private const string Import = "$import$(";

    /// <summary>
    /// The script, minified. An expression in a region like /*&lt;words&gt;*/…/*&lt;/words&gt;*/ stays as it is. Throws
    /// <see cref="InvalidOperationException"/> if the script cannot be parsed.
    /// </summary>
    public static string Minify(string script)
    {
        var regions = new List<string>();
        var marked = Region().Replace(script.Replace("import(", Import, StringComparison.Ordinal), region =>
        {
            regions.Add(region.Value);
            return Placeholder(regions.Count - 1);
        });
        var minified = Uglify.Js(marked, new CodeSettings { IgnoreErrorList = UnknownPattern });
        if (minified.HasErrors)
            throw new InvalidOperationException("A script cannot be minified: " + string.Join("; ", minified.Errors));
        return regions.Select((text, number) => (text, number)).Aggregate(
            minified.Code.Replace(Import, "import(", StringComparison.Ordinal),
            (code, region) => code.Replace(Placeholder(region.number), region.text, StringComparison.Ordinal));
    }

    /// <summary>The script as a module that exports one of its functions.</summary>
    public static string MinifyModule(string script, string export) =>
        $"export let {export}={Minify($"(()=>{{{script}return {export}}})()")}";

    /// <summary>A name in place of a region: undeclared names are not shortened.</summary>
    private static string Placeholder(int number) => $"$region{number}$";

    [GeneratedRegex(@"/\*<(?<name>\w+)>\*/.*?/\*</\k<name>>\*/", RegexOptions.Singleline)]
    private static partial Regex Region();
}
