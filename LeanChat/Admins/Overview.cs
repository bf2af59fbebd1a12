namespace LeanChat.Admins;

/// <summary>What the dashboard counts: its two tabs, what waits for an answer, and letters that did not arrive.</summary>
internal sealed record Overview(long Active, long Archived, long Unread, long FailedLetters, bool LettersHeld, IReadOnlyList<string> FailedChats);
