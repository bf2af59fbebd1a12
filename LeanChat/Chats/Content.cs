using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>What may be said, and how much of it a preview shows.</summary>
internal static class Content
{
    public const int PreviewLength = 100;
    private const int ClientIdLength = 64;

    /// <summary>Why a message cannot be taken; null when it can.</summary>
    public static ApiError? Complaint(string? content, int limit)
    {
        if (Blank.Is(content))
            return ApiError.EmptyContent;
        return limit > 0 && content.Length > limit && Excerpt.CodePoints(content) > limit ? ApiError.ContentTooLong(limit) : null;
    }

    /// <summary>At most 64 printable ASCII characters, at least one.</summary>
    public static bool IsClientId(string clientId) =>
        clientId.Length is > 0 and <= ClientIdLength && !clientId.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
