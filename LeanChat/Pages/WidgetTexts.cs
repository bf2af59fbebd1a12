using System.Text.Json;
using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>
/// The widget's texts in every language: English is in widget.js and panel.js, each other language in a file in Pages/words.
/// </summary>
internal static partial class WidgetTexts
{
    private const string Folder = "words/";

    /// <summary>
    /// Language tag → its texts as a JSON object, which also names the language. Sorted: pt comes before pt-BR, so it is used for other
    /// kinds of Portuguese.
    /// </summary>
    private static readonly SortedDictionary<string, string> All = new(
        typeof(WidgetTexts).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToDictionary(name => Path.GetFileNameWithoutExtension(name), Read), StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = Compact(new(English("widget.js").Concat(English("panel.js")))),
    };

    /// <summary>The English texts in a script, which another language replaces.</summary>
    [GeneratedRegex(@"/\*<words>\*/(?<words>.*?)/\*</words>\*/", RegexOptions.Singleline)]
    private static partial Regex Mark();

    /// <summary>The script with its texts in these words instead of the English ones.</summary>
    public static string Into(string script, string words)
    {
        var all = JsonSerializer.Deserialize(words, PageJson.Strict.DictionaryStringString)!;
        return Mark().Replace(script, mark => Compact(WordsIn(mark).Keys.Where(all.ContainsKey).ToDictionary(key => key, key => all[key])));
    }

    /// <summary>The tags of all our languages.</summary>
    public static IReadOnlyList<string> Languages { get; } = [.. All.Keys];

    /// <summary>The texts of one of our languages as a JSON object.</summary>
    public static string In(string language) => All[language];

    /// <summary>The same, with the owner's own text for when nobody is there.</summary>
    public static string In(string language, string away)
    {
        var words = JsonSerializer.Deserialize(All[language], PageJson.Strict.DictionaryStringString)!;
        foreach (var word in (string[])["away", "back", "back_on"])
            words[word] = away;
        return Compact(words);
    }

    /// <summary>Our language for a tag: the same, or one with the same first part; null when there is none.</summary>
    public static string? Find(string tag) => LanguageTag.Find(Languages, tag);

    /// <summary>Our best language for an Accept-Language header; else English.</summary>
    public static string Choose(string accepted) => LanguageTag.Choose(Languages, accepted) ?? "en";

    private static string Read(string resource)
    {
        using var file = typeof(WidgetTexts).Assembly.GetManifestResourceStream(resource)!;
        var words = JsonSerializer.Deserialize(file, PageJson.Strict.DictionaryStringString)!;
        words["language"] = Path.GetFileNameWithoutExtension(resource);
        return Compact(words);
    }

    private static Dictionary<string, string> English(string script)
    {
        using var reader = new StreamReader(typeof(WidgetTexts).Assembly.GetManifestResourceStream(script)!);
        return WordsIn(Mark().Match(reader.ReadToEnd()));
    }

    private static Dictionary<string, string> WordsIn(Match mark) =>
        JsonSerializer.Deserialize(mark.Groups["words"].ValueSpan, PageJson.Strict.DictionaryStringString)!;

    private static string Compact(Dictionary<string, string> words) =>
        JsonSerializer.Serialize(words, PageJson.Strict.DictionaryStringString);
}
