using System.Text.Json;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>The tags of a chat: what they may be, and how they stand in its row.</summary>
internal static class Tags
{
    /// <summary>The most on one chat.</summary>
    public const int AtMost = 10;

    private const int Length = 40;

    /// <summary>Tags as they were sent, trimmed and each once.</summary>
    public static Outcome<IReadOnlyList<string>> Of(IReadOnlyList<string?> sent)
    {
        var tags = sent.Select(tag => Blank.Trim(NullCharacter.Drop(tag))).ToList();
        if (tags.Any(tag => tag is null || Excerpt.CodePoints(tag) > Length))
            return ApiError.BadRequest($"A tag must have 1 to {Length} characters.");
        var all = tags.Select(tag => tag!).Distinct(StringComparer.Ordinal).ToList();
        return all.Count > AtMost ? ApiError.BadRequest($"A chat can have at most {AtMost} tags.") : all;
    }

    /// <summary>The tags in a chat's row.</summary>
    public static IReadOnlyList<string> Read(string? stored) =>
        stored is null ? [] : JsonSerializer.Deserialize(stored, ChatJson.Strict.StringArray)!;

    /// <summary>Tags as a chat's row has them; null: none.</summary>
    public static string? Write(IReadOnlyList<string> tags) =>
        tags.Count == 0 ? null : JsonSerializer.Serialize([.. tags], ChatJson.Strict.StringArray);
}

/// <summary>A tag, and how many chats have it.</summary>
internal sealed record TagCount(string Tag, long Count);
