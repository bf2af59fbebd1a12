using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>A file that came with an e-mail.</summary>
/// <param name="Name">Its name: one line, without folders.</param>
/// <param name="ShownAs">The id by which the HTML shows it; null: an attachment.</param>
/// <param name="Open">Opens its bytes.</param>
internal sealed record MailFile(string Name, string? ShownAs, Func<Stream> Open)
{
    private const int LongestName = 100;

    /// <summary>A name as it may be shown: what is behind the last slash, without control characters and marks of direction.</summary>
    public static string NameOf(string? given, string otherwise)
    {
        var name = (given ?? "").Split('/', '\\')[^1];
        var clean = Excerpt.Of(string.Concat(name.EnumerateRunes().Where(IsShown)).Trim().Trim('.'), LongestName);
        return Blank.Is(clean) ? otherwise : clean;
    }

    private static bool IsShown(System.Text.Rune rune) =>
        !System.Text.Rune.IsControl(rune) && System.Text.Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.Format
        && rune.Value is not ('<' or '>' or '[' or ']');
}
