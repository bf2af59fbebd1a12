using System.Text.RegularExpressions;

namespace LeanChat.Configuration;

/// <summary>Lists of media types (RFC 6838 §4.2), separated by commas.</summary>
internal static class MediaTypes
{
    /// <summary>What people send in a chat: pictures, PDF, text, Office and OpenDocument, zip, sound and video.</summary>
    public const string Default =
        "image/png, image/jpeg, image/gif, image/webp, image/avif, application/pdf, text/plain, text/csv, "
        + "application/msword, application/vnd.ms-excel, application/vnd.ms-powerpoint, "
        + "application/vnd.openxmlformats-officedocument.wordprocessingml.document, "
        + "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, "
        + "application/vnd.openxmlformats-officedocument.presentationml.presentation, "
        + "application/vnd.oasis.opendocument.text, application/vnd.oasis.opendocument.spreadsheet, "
        + "application/vnd.oasis.opendocument.presentation, application/zip, audio/mpeg, audio/mp4, audio/aac, audio/ogg, audio/wav, "
        + "audio/flac, audio/webm, video/mp4, video/webm, video/ogg, video/quicktime";

    /// <summary>What is wrong with a list, as the end of a sentence about it; null when it is valid.</summary>
    public static string? Complaint(string list) =>
        Settings.SplitList(list) is { Length: > 0 } types && types.All(IsType)
            ? null
            : "must be media types like image/png or image/*, separated by commas";

    private static bool IsType(string type) =>
        Regex.IsMatch(type, @"^([a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]*/([a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]*|\*)|\*/\*)$");
}
