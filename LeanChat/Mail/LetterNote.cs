namespace LeanChat.Mail;

/// <summary>What becomes of a letter about replies in a chat.</summary>
/// <param name="State">`waiting`, `sent`, `failed` or `dropped`.</param>
/// <param name="FirstSeq">The first reply it is about; while it waits, all unseen later ones belong to it.</param>
/// <param name="LastSeq">The newest reply in it; null when it was never tried.</param>
/// <param name="Error">The mail server's reply.</param>
/// <param name="DueAt">While it waits: when it is tried next.</param>
/// <param name="Recipient">The address; null while it waits for a user without one.</param>
internal sealed record LetterNote(
    string Id, string State, long FirstSeq, long? LastSeq, string? SettledAt, string? Error, string? DueAt, string? Recipient);
