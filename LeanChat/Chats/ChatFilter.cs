namespace LeanChat.Chats;

/// <summary>Which chats the dashboard's list shows.</summary>
/// <param name="Archived">The archive; else the active ones, without those that are snoozed.</param>
/// <param name="Snoozed">The snoozed ones alone, which are always active.</param>
/// <param name="Unanswered">Only those whose last message is the user's.</param>
/// <param name="Tag">Only those with exactly this tag; null: all.</param>
/// <param name="Assignee">Only those that this admin takes care of; empty: only those that nobody does; null: all.</param>
/// <param name="Since">Only those whose last message is not older than this time; empty: all.</param>
internal sealed record ChatFilter(
    bool Archived = false, bool Snoozed = false, bool Unanswered = false, string? Tag = null, string? Assignee = null,
    string Since = "");
