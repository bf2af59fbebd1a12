namespace LeanChat.Pages;

/// <summary>The web app manifest of the dashboard.</summary>
internal sealed record WebManifest(
    string Id, string Name, string ShortName, string StartUrl, string Scope, string Display,
    string ThemeColor, string BackgroundColor, IReadOnlyList<WebManifestIcon> Icons);

/// <param name="Sizes">Width and height in pixels, like 192x192.</param>
/// <param name="Purpose">`any`, or `maskable`: the system may crop it to any shape.</param>
internal sealed record WebManifestIcon(string Src, string Sizes, string Type, string Purpose);
