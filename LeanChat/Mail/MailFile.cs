using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>A file that came with an e-mail.</summary>
/// <param name="Given">Its name: one line, without folders; null: it has none.</param>
/// <param name="Type">The media type that the mail claims.</param>
/// <param name="ShownAs">The id by which the HTML shows it; null: an attachment.</param>
/// <param name="Open">Opens its bytes.</param>
internal sealed record MailFile(string? Given, string Type, string? ShownAs, Func<Stream> Open)
{
    private const int LongestName = 100;

    /// <summary>Its name where it has one. Else its bytes tell, once they are taken in.</summary>
    public string Name => Given ?? "file";

    /// <summary>
    /// A name as it may be shown: what is behind the last slash, without control characters and marks of direction. Null if nothing is
    /// left.
    /// </summary>
    public static string? NameOf(string? given)
    {
        var name = (given ?? "").Split('/', '\\')[^1];
        var clean = Excerpt.Of(string.Concat(name.EnumerateRunes().Where(IsShown)).Trim().TrimEnd('.'), LongestName);
        return Blank.Is(clean) ? null : clean;
    }

    private static bool IsShown(System.Text.Rune rune) =>
        !System.Text.Rune.IsControl(rune) && System.Text.Rune.GetUnicodeCategory(rune) != System.Globalization.UnicodeCategory.Format
        && rune.Value is not ('<' or '>' or '[' or ']');
}
