namespace LeanChat.Tests;

/// <summary>Libraries of old that npm does not have, out of Debian's packages libjs-prototype and libjs-mootools.</summary>
internal static class Debian
{
    public const string Prototype = "prototype/prototype.js";
    public const string MooTools = "mootools/mootools-core-nc.js";
    public const string MooToolsMore = "mootools/mootools-more-nc.js";

    private const string Folder = "/usr/share/javascript/";

    /// <summary>Why they cannot be had; null when they are there.</summary>
    public static string? Trouble { get; } =
        ((string[])[Prototype, MooTools, MooToolsMore]).All(path => File.Exists(Folder + path))
            ? null
            : "libjs-prototype and libjs-mootools are not installed";

    public static string Read(string path) => File.ReadAllText(Folder + path);
}

/// <summary>The same story with libraries of old. Skipped by name where they are not installed; with CI=true that is a
/// failure instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DebianTheoryAttribute : TheoryAttribute
{
    public DebianTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") != "true" && (Browser.Trouble ?? Debian.Trouble) is { } trouble)
            Skip = trouble;
    }
}
