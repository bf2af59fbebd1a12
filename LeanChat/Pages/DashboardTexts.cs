using System.Collections.Concurrent;
using System.Text.Json;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>
/// The dashboard's texts in other languages: English is in its source, for each other language there is a file in Pages/dashboard with
/// the English text as the key.
/// </summary>
internal static class DashboardTexts
{
    private const string Folder = "dictionaries/";

    /// <summary>Where a dictionary goes in the page's script. English needs none.</summary>
    private const string Mark = "/*<dictionary>*/{}/*</dictionary>*/";

    /// <summary>Language tag → its dictionary as JSON, read when it is first asked for.</summary>
    private static readonly ConcurrentDictionary<string, string> Known = new() { ["en"] = "{}" };

    /// <summary>The tags of all languages of the dashboard.</summary>
    public static IReadOnlyList<string> Languages { get; } =
    [
        "en",
        .. typeof(DashboardTexts).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Our best language for an Accept-Language header; else English.</summary>
    public static string Choose(string accepted) => LanguageTag.Choose(Languages, accepted) ?? "en";

    /// <summary>The page in this language.</summary>
    public static string Into(string page, string language) => page
        .Replace("{{language}}", language, StringComparison.Ordinal)
        .Replace(Mark, Known.GetOrAdd(language, Read), StringComparison.Ordinal);

    private static string Read(string language)
    {
        using var file = typeof(DashboardTexts).Assembly.GetManifestResourceStream($"{Folder}{language}.json")!;
        var texts = JsonSerializer.Deserialize(file, PageJson.Strict.DictionaryStringString)!;
        return JsonSerializer.Serialize(texts, PageJson.Inline.DictionaryStringString);
    }
}
