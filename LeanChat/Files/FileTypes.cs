namespace LeanChat.Files;

/// <summary>The media type of a file: its bytes give the family, its ending the member of it.</summary>
internal static class FileTypes
{
    public const string Unknown = "application/octet-stream";
    public const string PlainText = "text/plain";

    /// <summary>Pictures that browsers show; everything else is downloaded.</summary>
    private static readonly string[] Shown = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

    /// <summary>The members of the zip family that are told by `[Content_Types].xml` (ECMA-376 part 2).</summary>
    private static readonly Dictionary<string, string> OpenXml = new(StringComparer.OrdinalIgnoreCase)
    {
        ["docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ["pptx"] = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    };

    /// <summary>The members of the zip family whose first entry says the type (OpenDocument 1.3 part 2 §3.3, EPUB OCF §4.3).</summary>
    private static readonly Dictionary<string, string> ByFirstEntry = new(StringComparer.OrdinalIgnoreCase)
    {
        ["odt"] = "application/vnd.oasis.opendocument.text",
        ["ods"] = "application/vnd.oasis.opendocument.spreadsheet",
        ["odp"] = "application/vnd.oasis.opendocument.presentation",
        ["odg"] = "application/vnd.oasis.opendocument.graphics",
        ["epub"] = "application/epub+zip",
    };

    private static readonly Dictionary<string, string> TextMembers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["csv"] = "text/csv",
        ["txt"] = PlainText,
        ["text"] = PlainText,
        ["log"] = PlainText,
        ["md"] = PlainText,
        ["json"] = PlainText,
        ["html"] = "text/html",
        ["htm"] = "text/html",
        ["xhtml"] = "application/xhtml+xml",
        ["xht"] = "application/xhtml+xml",
        ["shtml"] = "text/html",
        ["svg"] = "image/svg+xml",
        ["xml"] = "application/xml",
        ["xsl"] = "application/xml",
        ["mht"] = "message/rfc822",
        ["mhtml"] = "message/rfc822",
        ["eml"] = "message/rfc822",
        ["css"] = "text/css",
    };

    /// <summary>Whether browsers may show it instead of downloading it.</summary>
    public static bool IsShown(string type) => Shown.Contains(type);

    /// <summary>
    /// The type as far as the first bytes tell; a zip or OLE file needs <see cref="OfEntries"/> or a look at its streams.
    /// </summary>
    public static string OfStart(ReadOnlySpan<byte> head, string name) => Signatures.Find(head) switch
    {
        null => Unknown,
        Signatures.Ogg => FileName.Ending(name).ToUpperInvariant() is "OGV" or "OGX" ? "video/ogg" : "audio/ogg",
        Signatures.Matroska when head[..Math.Min(head.Length, 64)].IndexOf("webm"u8) >= 0 =>
            FileName.Ending(name).Equals("weba", StringComparison.OrdinalIgnoreCase) ? "audio/webm" : "video/webm",
        "video/mp4" when FileName.Ending(name).Equals("m4a", StringComparison.OrdinalIgnoreCase) => "audio/mp4",
        var type => type,
    };

    /// <summary>The type of a text. Where the ending says nothing, the beginning tells markup from plain text.</summary>
    public static string OfText(ReadOnlySpan<byte> head, string name) =>
        TextMembers.TryGetValue(FileName.Ending(name), out var type) ? type : TextCheck.Markup(head) ?? PlainText;

    /// <summary>The type of a zip file.</summary>
    /// <param name="first">What its first entry, called `mimetype`, says; null without one.</param>
    /// <param name="hasContentTypes">Whether it has an entry `[Content_Types].xml`.</param>
    /// <param name="name">The file's name.</param>
    public static string OfEntries(string? first, bool hasContentTypes, string name)
    {
        var ending = FileName.Ending(name);
        return hasContentTypes && OpenXml.TryGetValue(ending, out var office) ? office
            : ByFirstEntry.TryGetValue(ending, out var open) && open == first ? open
            : Signatures.Zip;
    }

    /// <summary>Whether a list such as `image/*, application/pdf` has a type.</summary>
    public static bool Allows(IEnumerable<string> list, string type) => list.Any(each => each == type || each == "*/*"
        || (each.EndsWith("/*", StringComparison.Ordinal) && type.StartsWith(each[..^1], StringComparison.Ordinal)));

    /// <summary>The usual ending of a type, with its dot; empty for one that has none.</summary>
    public static string EndingOf(string type) => type switch
    {
        "image/jpeg" => ".jpg",
        PlainText => ".txt",
        "image/svg+xml" => ".svg",
        "audio/mpeg" => ".mp3",
        "audio/mp4" => ".m4a",
        "video/quicktime" => ".mov",
        "video/x-msvideo" => ".avi",
        "video/x-matroska" => ".mkv",
        "application/msword" => ".doc",
        "application/vnd.ms-excel" => ".xls",
        "application/vnd.ms-powerpoint" => ".ppt",
        "application/gzip" => ".gz",
        "application/rtf" or "application/pdf" or "application/zip" => "." + type["application/".Length..],
        _ when type.Split('/') is ["image" or "audio" or "video" or "text", var sub] && sub.All(char.IsAsciiLetterOrDigit) => "." + sub,
        _ => "",
    };
}
