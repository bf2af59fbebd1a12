using System.Text.Json.Serialization;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>What widget.js is told when it is served; what is as widget.js takes it anyway is left out.</summary>
/// <param name="Origin">With a slash at its end: PublicUrl, else what the request was sent to.</param>
/// <param name="Public">Whether it is PublicUrl.</param>
/// <param name="Greeting">Null: the one in the visitor's language.</param>
/// <param name="Locale">The owner's choice of language; null: the visitor's.</param>
/// <param name="HideWhenAway">Spelled as the attribute data-hide-when-away is read.</param>
/// <param name="Hours">Spans of opening: the present one and the next, in Unix seconds; null: none are set.</param>
internal sealed record WidgetSettings(
    string Origin, bool Public, string Title, string? Greeting, string? Color, string? Position, string? Locale, [property: JsonPropertyName("hideWhenAway")] bool HideWhenAway,
    bool AdminOnline, int ContentLength, string? Consent, long[][]? Hours);
