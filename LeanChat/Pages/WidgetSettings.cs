using System.Text.Json.Serialization;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>The settings in widget.js when it is served. A setting that has its default is left out.</summary>
/// <param name="Origin">With a slash at its end: PublicUrl, else what the request was sent to.</param>
/// <param name="Public">Whether it is PublicUrl.</param>
/// <param name="Greeting">Null: the default in the visitor's language.</param>
/// <param name="Locale">The language that the owner chose; null: the visitor's.</param>
/// <param name="HideWhenAway">Spelled like the property that the attribute data-hide-when-away has in a script.</param>
/// <param name="Hours">Spans of opening: the present one and the next, in Unix seconds; null: none are set.</param>
internal sealed record WidgetSettings(
    string Origin, bool Public, string Title, string? Greeting, string? Color, string? Position, string? Locale,
    [property: JsonPropertyName("hideWhenAway")] bool HideWhenAway,
    bool AdminOnline, int? ReplyTime, int ContentLength, string? Consent, long[][]? Hours);

/// <summary>The settings in panel.js when it is served.</summary>
/// <param name="AttachmentBytes">The largest file; 0: files are off.</param>
/// <param name="AttachmentTypes">Media types that are taken.</param>
internal sealed record PanelSettings(long AttachmentBytes, IReadOnlyList<string> AttachmentTypes);
