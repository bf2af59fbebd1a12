using System.Text.Json;
using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>What the widget says, in every language that it speaks: English in widget.js itself, one file in Pages/words for each of the others.</summary>
internal static partial class Translations
{
    private const string Folder = "words/";

    /// <summary>Language tag → its words as one JSON object, which names the language as well. In order, so that pt comes before pt-BR and answers for all of Portuguese.</summary>
    private static readonly SortedDictionary<string, string> All = new(
        typeof(Translations).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToDictionary(name => Path.GetFileNameWithoutExtension(name), Read), StringComparer.OrdinalIgnoreCase)
    {
        ["en"] = Compact(JsonSerializer.Deserialize(Mark().Match(Widget()).Groups["words"].ValueSpan, PageJson.Strict.DictionaryStringString)!),
    };

    /// <summary>Where English lies in widget.js, and any other language is put in its place.</summary>
    [GeneratedRegex(@"/\*<words>\*/(?<words>.*?)/\*</words>\*/", RegexOptions.Singleline)]
    private static partial Regex Mark();

    /// <summary>The script with other words in it than the English ones.</summary>
    public static string Into(string script, string words) => Mark().Replace(script, _ => words);

    /// <summary>The languages that there are.</summary>
    public static IReadOnlyList<string> Languages { get; } = [.. All.Keys];

    /// <summary>The words of one of our languages as a JSON object.</summary>
    public static string In(string language) => All[language];

    /// <summary>The same, with the owner's own words for when nobody is there.</summary>
    public static string In(string language, string away)
    {
        var words = JsonSerializer.Deserialize(All[language], PageJson.Strict.DictionaryStringString)!;
        foreach (var word in (string[])["away", "back", "back_on"])
            words[word] = away;
        return Compact(words);
    }

    /// <summary>Our language for a tag: the same, or else one of the same family; null where there is none.</summary>
    public static string? Find(string tag)
    {
        var family = Family(tag);
        return Languages.FirstOrDefault(each => each.Equals(tag, StringComparison.OrdinalIgnoreCase))
            ?? Languages.FirstOrDefault(each => Family(each).Equals(family, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The best of ours for an Accept-Language header (RFC 9110 §12.5.4); English where nothing fits.</summary>
    public static string Choose(string accepted) => accepted.Split(',', StringSplitOptions.TrimEntries)
        .Select(range => range.Split(";q=", StringSplitOptions.TrimEntries))
        .Select(parts => (Tag: parts[0], Weight: parts.Length < 2 ? 1 : double.TryParse(parts[1], System.Globalization.CultureInfo.InvariantCulture, out var weight) ? weight : 0))
        .Where(range => range.Weight > 0)
        .OrderByDescending(range => range.Weight)
        .Select(range => Find(range.Tag))
        .FirstOrDefault(found => found is not null) ?? "en";

    /// <summary>The first part of a tag. Both kinds of Norwegian read nb.</summary>
    private static string Family(string tag) => tag.Split('-', '_')[0].ToLowerInvariant() switch { "no" or "nn" => "nb", var family => family };

    private static string Read(string resource)
    {
        using var file = typeof(Translations).Assembly.GetManifestResourceStream(resource)!;
        var words = JsonSerializer.Deserialize(file, PageJson.Strict.DictionaryStringString)!;
        words["language"] = Path.GetFileNameWithoutExtension(resource);
        return Compact(words);
    }

    private static string Widget()
    {
        using var reader = new StreamReader(typeof(Translations).Assembly.GetManifestResourceStream("widget.js")!);
        return reader.ReadToEnd();
    }

    private static string Compact(Dictionary<string, string> words) => JsonSerializer.Serialize(words, PageJson.Strict.DictionaryStringString);
}
