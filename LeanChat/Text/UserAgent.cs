namespace LeanChat.Text;

/// <summary>What a browser says that it is (RFC 9110 §10.1.5), in words.</summary>
internal static class UserAgent
{
    /// <summary>Of several that fit, the first: most browsers also name those that they resemble.</summary>
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
        ("Mac OS X", "a Mac"), ("Linux", "Linux"),
    ];

    /// <summary>For example `Firefox on Windows`.</summary>
    public static string Describe(string? userAgent)
    {
        var browser = NameOf(Browsers, userAgent ?? "") ?? "Unknown browser";
        return NameOf(Systems, userAgent ?? "") is { } system ? $"{browser} on {system}" : browser;
    }

    private static string? NameOf((string Mark, string Name)[] known, string userAgent) =>
        known.FirstOrDefault(each => userAgent.Contains(each.Mark, StringComparison.Ordinal)).Name;
}
