using System.Net;

namespace LeanChat.Text;

/// <summary>Origins (RFC 6454) in one spelling: lower case, the host as ASCII and without a final dot, no default port.</summary>
internal static class Origin
{
    /// <summary>
    /// Normalizes an Origin header. Null for `null` and for what no browser sends, such as a slash at the end or a port that begins with
    /// 0. A default port, a final dot and capitals make no difference.
    /// </summary>
    public static string? Read(string header)
    {
        if (Normalize(header) is not { } normalized)
            return null;
        var port = normalized.StartsWith("https:", StringComparison.Ordinal) ? ":443" : ":80";
        var bare = header.EndsWith(port, StringComparison.Ordinal) ? header[..^port.Length] : header;
        return WithoutFinalDot(bare).Equals(normalized, StringComparison.OrdinalIgnoreCase) ? normalized : null;
    }

    /// <summary>The normalized origin of an http or https address without a path; null for anything else.</summary>
    public static string? Normalize(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && uri is { Scheme: "http" or "https", UserInfo: "", PathAndQuery: "/", Fragment: "" }
            ? Of(uri)
            : null;

    /// <summary>The origin of an http or https address.</summary>
    public static string Of(Uri address) => $"{address.Scheme}://{HostOf(address)}{(address.IsDefaultPort ? "" : $":{address.Port}")}";

    /// <summary>Whether two normalized origins differ by scheme or port alone.</summary>
    public static bool HaveSameHost(string one, string other) =>
        one.Length > 0 && other.Length > 0 && HostOf(new Uri(one)) == HostOf(new Uri(other));

    /// <summary>Removes the final dot of the host name, also before a port.</summary>
    private static string WithoutFinalDot(string origin) =>
        origin.LastIndexOf(':') is > 6 and var port ? origin[..port].TrimEnd('.') + origin[port..] : origin.TrimEnd('.');

    private static string HostOf(Uri address)
    {
        if (address.HostNameType == UriHostNameType.IPv6)
            return $"[{address.IdnHost}]";
        // An IPv4 address with a final dot is not the same host: keep the dot.
        var name = address.IdnHost.TrimEnd('.');
        return IPAddress.TryParse(name, out _) ? address.IdnHost : name;
    }
}
