using System.Text.Json;
using System.Text.Json.Serialization;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Mail;

/// <summary>The texts of letters to visitors in one language, from a file in Mail/words. `{shop}` and `{name}` are filled in.</summary>
/// <param name="Support">The sender where nobody gave a name.</param>
/// <param name="Sender">The sender where somebody did.</param>
/// <param name="ReplyAbove">The line above which answers are written. The reading of answers looks for it in every language.</param>
/// <param name="Why">Why the visitor gets the letter.</param>
internal sealed record LetterWords(
    string Subject, string Support, string Sender, string Replied, string YouWrote, string Open, string Answer, string ReplyAbove,
    string Why, string Unsubscribe, string StopTitle, string StopText, string StoppedTitle, string StoppedText,
    string IncompleteTitle, string IncompleteText)
{
    private const string Folder = "letters/";

    /// <summary>All our languages. Sorted: pt comes before pt-BR, so it is used for other kinds of Portuguese.</summary>
    public static readonly IReadOnlyList<LetterWords> All =
    [
        .. typeof(LetterWords).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.OrdinalIgnoreCase).Select(Read),
    ];

    private static readonly IReadOnlyList<string> Languages = [.. All.Select(each => each.Language)];

    public static readonly LetterWords English = All.Single(each => each.Language == "en");

    [JsonIgnore]
    public string Language { get; private init; } = "";

    /// <summary>`ltr` or `rtl`.</summary>
    [JsonIgnore]
    public string Direction => LanguageTag.Direction(Language);

    /// <summary>The first of these languages that is one of ours; else English. Each is a tag, or a list like Accept-Language.</summary>
    public static LetterWords In(params ReadOnlySpan<string?> wanted)
    {
        foreach (var each in wanted)
        {
            if (each is { Length: > 0 } && LanguageTag.Choose(Languages, each) is { } found)
                return All.First(words => words.Language == found);
        }

        return English;
    }

    private static LetterWords Read(string resource)
    {
        using var file = typeof(LetterWords).Assembly.GetManifestResourceStream(resource)!;
        return JsonSerializer.Deserialize(file, LetterJson.Strict.LetterWords)! with
        {
            Language = Path.GetFileNameWithoutExtension(resource),
        };
    }
}

/// <summary>The JSON of this folder.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LetterWords))]
internal sealed partial class LetterJson : JsonSerializerContext
{
    /// <summary>The context in use.</summary>
    public static readonly LetterJson Strict = new(StrictJson.NewOptions());
}
