using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Web;

/// <summary>
/// What proxies tell about a request: X-Forwarded-*, else Forwarded (RFC 7239). Each list begins with the visitor.
/// </summary>
internal sealed partial class ForwardedHeaders(IHeaderDictionary headers)
{
    private readonly List<Dictionary<string, string>> _elements = Parse(headers["Forwarded"].ToString());

    /// <summary>Whether a request has any of these headers.</summary>
    public static bool AreIn(IHeaderDictionary headers) =>
        ((string[])["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"]).Any(headers.ContainsKey);

    /// <summary>The addresses that the request came through, the visitor's first.</summary>
    public string[] For => All("X-Forwarded-For", "for");

    /// <summary>The hosts that the request was sent to.</summary>
    public string[] Host => All("X-Forwarded-Host", "host");

    /// <summary>
    /// `http` or `https`; null if no header tells. The first value counts, the visitor's: the proxies behind often speak http to each
    /// other. A visitor who forges it affects only their own request.
    /// </summary>
    public string? Scheme => SchemeIn(List("X-Forwarded-Proto"))
        ?? (headers["X-Forwarded-Ssl"].ToString().Equals("on", StringComparison.OrdinalIgnoreCase) ? "https" : null)
        ?? SchemeIn(Elements("proto"));

    private string[] All(string header, string parameter) => List(header) is { Length: > 0 } values ? values : Elements(parameter);

    private string[] List(string header) =>
        headers[header].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private string[] Elements(string parameter) => [.. _elements.Select(element => element.GetValueOrDefault(parameter, ""))];

    private static string? SchemeIn(string[] values) => values.Select(each => each.ToLowerInvariant() switch
    {
        // Some proxies send the scheme of the WebSocket.
        "https" or "wss" => "https",
        "http" or "ws" => "http",
        _ => null,
    }).FirstOrDefault(each => each is not null);

    /// <summary>The elements of a Forwarded header (RFC 7239 §4); none if the header is malformed.</summary>
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
