using System.Globalization;
using System.Text;
using LeanChat.People;

namespace LeanChat.Chats;

/// <summary>What may be said, and how much of it a preview shows.</summary>
internal static class Content
{
    public const int PreviewLength = 100;
    private const int ClientIdLength = 64;

    /// <summary>Why a message cannot be taken; null when it can.</summary>
    public static Refusal? Complaint(string? content, int limit)
    {
        if (string.IsNullOrWhiteSpace(content))
            return Refusal.EmptyContent;
        return limit > 0 && content.Length > limit && CodePoints(content) > limit ? Refusal.ContentTooLong(limit) : null;
    }

    /// <summary>At most 64 printable ASCII characters, at least one.</summary>
    public static bool IsClientId(string clientId) =>
        clientId.Length is > 0 and <= ClientIdLength && !clientId.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>The first <paramref name="length"/> code points, cut back to a whole character (grapheme cluster, UAX #29).</summary>
    public static string Preview(string content, int length = PreviewLength)
    {
        if (content.Length <= length)
            return content;
        var (end, points) = (0, 0);
        while (end < content.Length)
        {
            var next = StringInfo.GetNextTextElementLength(content, end);
            var within = CodePoints(content.AsSpan(end, next));
            if (points + within > length)
                break;
            (end, points) = (end + next, points + within);
        }

        // One character longer than the whole preview: cut inside it, but never inside a code point.
        return end > 0 ? content[..end] : string.Concat(content.EnumerateRunes().Take(length));
    }

    private static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
