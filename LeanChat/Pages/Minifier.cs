using System.Text.RegularExpressions;
using NUglify;
using NUglify.JavaScript;

namespace LeanChat.Pages;

/// <summary>Short local names for a script as it is served, so that its source can be written to be read.</summary>
internal static partial class Minifier
{
    // NUglify reads patterns as .NET does and takes \p{Script=…} for a mistake; the browsers know it.
    private const string UnknownPattern = "JS1013";

    /// <summary>The script, minified. A region like /*&lt;words&gt;*/…/*&lt;/words&gt;*/, an expression, comes through as it is.
    /// Throws <see cref="InvalidOperationException"/> where the script cannot be read.</summary>
    public static string Minify(string script)
    {
        var regions = new List<string>();
        var marked = Region().Replace(script, region =>
        {
            regions.Add(region.Value);
            return Stand(regions.Count - 1);
        });
        var minified = Uglify.Js(marked, new CodeSettings { IgnoreErrorList = UnknownPattern });
        if (minified.HasErrors)
            throw new InvalidOperationException("A script cannot be minified: " + string.Join("; ", minified.Errors));
        return regions.Select((text, number) => (text, number)).Aggregate(minified.Code, (code, region) => code.Replace(Stand(region.number), region.text, StringComparison.Ordinal));
    }

    /// <summary>A name that nobody declares stays.</summary>
    private static string Stand(int number) => $"$region{number}$";

    [GeneratedRegex(@"/\*<(?<name>\w+)>\*/.*?/\*</\k<name>>\*/", RegexOptions.Singleline)]
    private static partial Regex Region();
}
