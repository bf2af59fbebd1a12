namespace LeanChat.Hooks;

/// <summary>One event on its way to one webhook.</summary>
/// <param name="Id">The same in every try.</param>
/// <param name="Lane">In it each delivery waits for the one before: the chat's id.</param>
/// <param name="Attempts">How often it was tried, this time included.</param>
/// <param name="TriedAt">When it was tried first.</param>
internal sealed record WebhookDelivery(string WebhookId, string Id, string Lane, string Body, long Attempts, string TriedAt);

/// <summary>A delivery as the API tells it.</summary>
/// <param name="State">`waiting`, `sent`, `failed` or `dropped`.</param>
/// <param name="Status">The HTTP status of the last answer; null: there was none.</param>
/// <param name="NextAt">When it is tried next; null: another goes first, or it is settled.</param>
/// <param name="Body">Exactly what is sent.</param>
internal sealed record WebhookDeliveryItem(
    string Id, string Type, string CreatedAt, long Attempts, string State, long? Status, string? Error, string? NextAt, string Body);
