using System.Buffers.Text;
using System.Globalization;
using System.Text;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>The next page of the list starts after the chat with this time and row.</summary>
internal sealed record ListCursor(string At, long Row)
{
    /// <summary>The first page: this text sorts after every time.</summary>
    public static readonly ListCursor Start = new("~", long.MaxValue);

    /// <summary>This page, but nothing as new as a time.</summary>
    public ListCursor Until(string at) => string.CompareOrdinal(at, At) < 0 ? new(at, 0) : this;

    /// <summary>The page that follows this chat.</summary>
    public static ListCursor After(Chat chat) => new(chat.LastMessageAt!, chat.Row);

    /// <summary>The cursor as a part of a URL.</summary>
    public string Encode() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At} {Row}")));

    /// <summary>Reads a cursor made by <see cref="Encode"/>; null for anything else.</summary>
    public static ListCursor? TryDecode(string text)
    {
        if (!Base64Url.IsValid(text))
            return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ') is [var at, var row] && UtcText.TryRead(at, out _)
            && long.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new ListCursor(at, number)
            : null;
    }
}
