namespace LeanChat.Text;

/// <summary>Language tags (RFC 5646), and which of our languages fits one.</summary>
internal static class LanguageTag
{
    /// <summary>The one of <paramref name="ours"/> that is the same, or has the same first part; null when there is none.</summary>
    public static string? Find(IReadOnlyList<string> ours, string tag)
    {
        var family = Family(tag);
        return ours.FirstOrDefault(each => each.Equals(tag, StringComparison.OrdinalIgnoreCase))
            ?? ours.FirstOrDefault(each => Family(each).Equals(family, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The best of <paramref name="ours"/> for an Accept-Language header (RFC 9110 §12.5.4); null when none fits.</summary>
    public static string? Choose(IReadOnlyList<string> ours, string accepted) =>
        Wanted(accepted).Select(tag => Find(ours, tag)).FirstOrDefault(found => found is not null);

    /// <summary>The tag that an Accept-Language header wants most; null when it names none, or one longer than any real tag.</summary>
    public static string? First(string accepted) =>
        Wanted(accepted).FirstOrDefault(tag =>
            tag.Length is > 1 and <= 35 && tag.All(each => char.IsAsciiLetterOrDigit(each) || each == '-'));

    /// <summary>The tags of an Accept-Language header, the most wanted one first.</summary>
    private static IEnumerable<string> Wanted(string accepted) => accepted.Split(',', StringSplitOptions.TrimEntries)
        .Select(range => range.Split(";q=", StringSplitOptions.TrimEntries))
        .Select(parts => (Tag: parts[0], Weight: parts.Length < 2 ? 1 : Weight(parts[1])))
        .Where(range => range.Weight > 0)
        .OrderByDescending(range => range.Weight)
        .Select(range => range.Tag);

    /// <summary>`rtl` for a language that is written from right to left, else `ltr`.</summary>
    public static string Direction(string tag) => Family(tag) is "ar" or "fa" or "he" or "iw" or "ur" or "ps" or "yi" ? "rtl" : "ltr";

    private static double Weight(string text) =>
        double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var weight) ? weight : 0;

    /// <summary>The first part of a tag. Both kinds of Norwegian use nb.</summary>
    private static string Family(string tag) => tag.Split('-', '_')[0].ToLowerInvariant() switch
    {
        "no" or "nn" => "nb",
        var family => family,
    };
}
