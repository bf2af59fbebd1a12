using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeanChat.People;

/// <summary>A page that a user has seen while the chat was open, or after it had been used.</summary>
/// <param name="At">When they came to it.</param>
internal sealed record PageView(string Url, string? Title, string At)
{
    /// <summary>How many are kept for each user.</summary>
    private const int AtMost = 10;

    /// <summary>The pages in a user's row, newest first.</summary>
    public static IReadOnlyList<PageView> Read(string? stored) =>
        stored is null ? [] : JsonSerializer.Deserialize(stored, PageViewJson.Default.PageViewArray)!;

    /// <summary>The row's pages with one more. If it is the newest page again, only its title is updated.</summary>
    public static string Write(IReadOnlyList<PageView> before, PageView next)
    {
        PageView[] all = before is [var newest, ..] && newest.Url == next.Url
            ? [newest with { Title = next.Title ?? newest.Title }, .. before.Skip(1)]
            : [next, .. before.Take(AtMost - 1)];
        return JsonSerializer.Serialize(all, PageViewJson.Default.PageViewArray);
    }
}

/// <summary>How pages stand in a user's row.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PageView[]))]
internal sealed partial class PageViewJson : JsonSerializerContext;
