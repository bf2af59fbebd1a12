using LeanChat.Chats;

namespace LeanChat.Hooks;

/// <summary>An address of the owner's program that is told what happens in chats.</summary>
/// <param name="Events">The types that it is told, separated by blanks.</param>
/// <param name="TokenId">The API token whose doings it is not told, unless <paramref name="IncludeOwn"/>.</param>
/// <param name="Secret">By which deliveries are signed; sealed.</param>
/// <param name="OldSecret">The one before, sealed: good until <paramref name="OldUntil"/>.</param>
/// <param name="FailingSince">When the first delivery failed after the last that was taken; null: none has.</param>
/// <param name="Stopped">Why it was turned off by itself: `failing` or `gone`; null: it was not.</param>
internal sealed record Webhook(
    string Id, string Url, string Events, string? TokenId, bool IncludeOwn, bool Enabled, string Secret, string? OldSecret,
    string? OldUntil, string? FailingSince, string? Stopped, string CreatedAt)
{
    /// <summary>An e-mail to a visitor has failed.</summary>
    public const string LetterFailed = "letter.failed";

    /// <summary>No delivery was taken for three days.</summary>
    public const string Failing = "failing";

    /// <summary>It answered 410.</summary>
    public const string Gone = "gone";

    /// <summary>Every type that can be told.</summary>
    public static readonly IReadOnlyList<string> Types =
    [
        ChatEvent.ChatCreated, ChatEvent.MessageCreated, ChatEvent.MessageUpdated, ChatEvent.ChatArchived, ChatEvent.ChatRestored,
        ChatEvent.UserIdentified, ChatEvent.UserErased, ChatEvent.RatingCreated, LetterFailed,
    ];

    /// <summary>The types that it is told.</summary>
    public string[] EventList => Events.Split(' ');

    /// <summary>Whether it is told of this type, done by this user, admin or API token.</summary>
    public bool Wants(string type, string? by) =>
        Enabled && (IncludeOwn || TokenId is null || TokenId != by) && EventList.Contains(type);
}

/// <summary>A webhook as the API tells it.</summary>
internal sealed record WebhookItem(
    string Id, string Url, IReadOnlyList<string> Events, bool IncludeOwn, string? TokenId, bool Enabled, string? FailingSince,
    string? Stopped, string CreatedAt)
{
    public static WebhookItem Of(Webhook hook) => new(
        hook.Id, hook.Url, hook.EventList, hook.IncludeOwn, hook.TokenId, hook.Enabled, hook.FailingSince, hook.Stopped, hook.CreatedAt);
}

/// <summary>The same with its secret, which is told only when it is made.</summary>
internal sealed record NewWebhook(
    string Id, string Url, IReadOnlyList<string> Events, bool IncludeOwn, string? TokenId, bool Enabled, string? FailingSince,
    string? Stopped, string CreatedAt, string Secret)
{
    public static NewWebhook Of(Webhook hook, string secret) => new(
        hook.Id, hook.Url, hook.EventList, hook.IncludeOwn, hook.TokenId, hook.Enabled, hook.FailingSince, hook.Stopped, hook.CreatedAt,
        secret);
}
