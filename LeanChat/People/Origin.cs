namespace LeanChat.People;

/// <summary>Origins (RFC 6454) in one spelling: lower case, the host as ASCII and without a final dot, no default port.</summary>
internal static class Origin
{
    /// <summary>What a browser or a header says, in that spelling; null for what is no http or https origin, such as `null`.</summary>
    public static string? Normalize(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", UserInfo: "", PathAndQuery: "/", Fragment: "" }
            ? Of(uri)
            : null;

    /// <summary>The origin of an http or https address.</summary>
    public static string Of(Uri address) => $"{address.Scheme}://{HostOf(address)}{(address.IsDefaultPort ? "" : $":{address.Port}")}";

    /// <summary>Whether two normalized origins differ by scheme or port alone.</summary>
    public static bool AreOfOneHost(string one, string other) =>
        one.Length > 0 && other.Length > 0 && HostOf(new Uri(one)) == HostOf(new Uri(other));

    private static string HostOf(Uri address) =>
        address.HostNameType == UriHostNameType.IPv6 ? $"[{address.IdnHost}]" : address.IdnHost.TrimEnd('.');
}
