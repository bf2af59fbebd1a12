namespace LeanChat.Admins;

/// <summary>The dashboard's counts: chats in its two tabs, unread ones, e-mails that failed, webhooks that were turned off.</summary>
internal sealed record Overview(
    long Active, long Archived, long Unread, long Snoozed, long FailedLetters, bool LettersHeld,
    IReadOnlyList<string> FailedChats, long StoppedWebhooks);
