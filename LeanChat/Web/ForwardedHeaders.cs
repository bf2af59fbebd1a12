using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Web;

/// <summary>
/// What proxies say of a request: X-Forwarded-*, and where those are silent, Forwarded (RFC 7239). Each list begins at the visitor's end.
/// </summary>
internal sealed partial class ForwardedHeaders(IHeaderDictionary headers)
{
    private readonly List<Dictionary<string, string>> _elements = Parse(headers["Forwarded"].ToString());

    /// <summary>Whether any of them is there.</summary>
    public static bool AreIn(IHeaderDictionary headers) =>
        ((string[])["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"]).Any(headers.ContainsKey);

    /// <summary>The addresses that the request came through, the visitor's first.</summary>
    public string[] For => All("X-Forwarded-For", "for");

    /// <summary>The hosts that it was sent to.</summary>
    public string[] Host => All("X-Forwarded-Host", "host");

    /// <summary>
    /// `http` or `https`; null where nothing is said. The visitor's end counts, as the proxies behind it speak http to each other: who
    /// claims another there deceives nobody but themselves.
    /// </summary>
    public string? Scheme => SchemeIn(List("X-Forwarded-Proto"))
        ?? (headers["X-Forwarded-Ssl"].ToString().Equals("on", StringComparison.OrdinalIgnoreCase) ? "https" : null)
        ?? SchemeIn(Elements("proto"));

    private string[] All(string header, string parameter) => List(header) is { Length: > 0 } said ? said : Elements(parameter);

    private string[] List(string header) =>
        headers[header].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private string[] Elements(string parameter) => [.. _elements.Select(element => element.GetValueOrDefault(parameter, ""))];

    private static string? SchemeIn(string[] said) => said.Select(each => each.ToLowerInvariant() switch
    {
        // Some say what the upgrade is to.
        "https" or "wss" => "https",
        "http" or "ws" => "http",
        _ => null,
    }).FirstOrDefault(each => each is not null);

    /// <summary>The elements of a Forwarded header (RFC 7239 §4); none of one that breaks its rules.</summary>
    private static List<Dictionary<string, string>> Parse(string header)
    {
        List<Dictionary<string, string>> elements = [];
        Dictionary<string, string> element = new(StringComparer.OrdinalIgnoreCase);
        var read = 0;
        foreach (Match pair in Pair().Matches(header))
        {
            read += pair.Length;
            if (pair.Groups["name"] is { Success: true } name)
            {
                element[name.Value] = pair.Groups["quoted"] is { Success: true } quoted
                    ? Escape().Replace(quoted.Value, "$1")
                    : pair.Groups["plain"].Value.TrimEnd();
            }

            if (pair.Groups["end"].Value == ";" || element.Count == 0)
                continue;
            elements.Add(element);
            element = new(StringComparer.OrdinalIgnoreCase);
        }

        return read == header.Length ? elements : [];
    }

    [GeneratedRegex("""
        \G[ \t]*(?:(?<name>[^\s=;,"]+)[ \t]*=[ \t]*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^;,"]*)))?[ \t]*(?<end>[;,]|$)
        """)]
    private static partial Regex Pair();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();
}
