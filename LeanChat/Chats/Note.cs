namespace LeanChat.Chats;

/// <summary>What an admin tells the others about a chat. No user sees it.</summary>
/// <param name="AdminName">The admin's name then; the e-mail address stands in for a missing one.</param>
/// <param name="AfterSeq">The chat's newest message then.</param>
internal sealed record Note(string Id, string Content, string AdminName, string CreatedAt, long AfterSeq);

/// <summary>What a new note, or a changed message, is to say.</summary>
internal sealed record NoteBody(string? Content);
