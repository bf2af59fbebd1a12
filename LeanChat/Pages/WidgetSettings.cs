using System.Text.Json.Serialization;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>
/// The settings that widget.js is served with, and that open widgets hear of when they change. A setting that has its default is left out.
/// </summary>
/// <param name="Origin">With a slash at its end: PublicUrl, else what the request was sent to; null in the frame.</param>
/// <param name="Public">Whether it is PublicUrl.</param>
/// <param name="Greeting">Null: the default in the visitor's language.</param>
/// <param name="Locale">The language that the owner chose; null: the visitor's.</param>
/// <param name="HideWhenAway">Spelled like the property that the attribute data-hide-when-away has in a script.</param>
/// <param name="Hours">Spans of opening: the present one and the next, in Unix seconds; null: none are set.</param>
/// <param name="Greetings">Rules for a bubble beside the launcher; the first that fits counts.</param>
/// <param name="Questions">Questions to start with.</param>
/// <param name="Ask">When to ask for name and address.</param>
/// <param name="Away">In the frame only: what visitors see while nobody is there. widget.js has it among its words.</param>
internal sealed record WidgetSettings(
    string? Origin, bool Public, string Title, string? Greeting, string? Color, string? Position, string? Locale,
    [property: JsonPropertyName("hideWhenAway")] bool HideWhenAway,
    bool AdminOnline, int? ReplyTime, int ContentLength, string? Consent, long[][]? Hours, IReadOnlyList<Greeting>? Greetings,
    string[]? Questions, string? Ask, string? Away = null)
{
    /// <summary>The same, as a widget hears of them later: with everything that it shows.</summary>
    public static WidgetSettings Live(Settings now, Presence presence, ReplyTime? replyTime, DateTimeOffset time) =>
        Of(now, presence, replyTime, time) with { Away = now.Chosen("Widget:Away") };

    /// <summary>The settings as they are now, for anybody.</summary>
    public static WidgetSettings Of(Settings now, Presence presence, ReplyTime? replyTime, DateTimeOffset time) => new(
        null,
        now.PublicUrl.Length > 0,
        now["Widget:Title"] is { Length: > 0 } title ? title : now.AppName,
        now.Chosen("Widget:Greeting"),
        now.Chosen("Widget:Color"),
        now.Chosen("Widget:Position"),
        now.Chosen("Widget:Locale"),
        now.Flag("Widget:HideWhenAway"),
        presence.AdminOnline,
        replyTime?.Seconds,
        now.Limits.ContentLength,
        now.Chosen("Widget:Consent"),
        UpcomingHours.After(time, now),
        LeanChat.Configuration.Greeting.All(now["Widget:Greetings"]) is { Count: > 0 } greetings ? greetings : null,
        Settings.SplitLines(now["Widget:Questions"]) is { Length: > 0 } questions ? questions : null,
        now.Chosen("Widget:Ask"));
}

/// <summary>To open widgets: what the owner has changed.</summary>
internal sealed record SettingsFrame(string Type, WidgetSettings Settings);

/// <summary>The settings in panel.js when it is served.</summary>
/// <param name="AttachmentBytes">The largest file; 0: files are off.</param>
/// <param name="AttachmentTypes">Media types that are taken.</param>
internal sealed record PanelSettings(long AttachmentBytes, IReadOnlyList<string> AttachmentTypes);
