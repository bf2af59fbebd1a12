using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>The rules for a message's text and client id.</summary>
internal static class Content
{
    public const int PreviewLength = 100;
    private const int ClientIdLength = 64;

    /// <summary>Why a message is not valid; null if it is.</summary>
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
