using System.Text.Json;
using System.Text.Json.Serialization;

namespace LeanChat.People;

/// <summary>A page that a user has seen while the chat was open or had been used.</summary>
/// <param name="At">When they came to it.</param>
internal sealed record PageView(string Url, string? Title, string At)
{
    /// <summary>So many are kept of each user.</summary>
    private const int AtMost = 10;

    /// <summary>The pages in a user's row, newest first.</summary>
    public static IReadOnlyList<PageView> Read(string? stored) =>
        stored is null ? [] : JsonSerializer.Deserialize(stored, PageViewJson.Default.PageViewArray)!;

    /// <summary>The row's pages with one more. The page that the user is on already only gets its title.</summary>
    public static string Write(IReadOnlyList<PageView> before, PageView next)
    {
        PageView[] all = before is [var last, ..] && last.Url == next.Url
            ? [last with { Title = next.Title ?? last.Title }, .. before.Skip(1)]
            : [next, .. before.Take(AtMost - 1)];
        return JsonSerializer.Serialize(all, PageViewJson.Default.PageViewArray);
    }
}

/// <summary>How pages stand in a user's row.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PageView[]))]
internal sealed partial class PageViewJson : JsonSerializerContext;
