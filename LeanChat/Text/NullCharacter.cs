using System.Diagnostics.CodeAnalysis;

namespace LeanChat.Text;

/// <summary>U+0000, which shows nothing and which PostgreSQL cannot store.</summary>
internal static class NullCharacter
{
    /// <summary>The text without it.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Drop(string? text) =>
        text?.Contains('\0', StringComparison.Ordinal) == true ? text.Replace("\0", "", StringComparison.Ordinal) : text;
}
