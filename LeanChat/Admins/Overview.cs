namespace LeanChat.Admins;

/// <summary>The dashboard's counts: chats in its two tabs, unread ones, and e-mails that failed.</summary>
internal sealed record Overview(
    long Active, long Archived, long Unread, long Snoozed, long FailedLetters, bool LettersHeld,
    IReadOnlyList<string> FailedChats);
