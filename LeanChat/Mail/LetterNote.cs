namespace LeanChat.Mail;

/// <summary>What became of a letter about replies in a chat.</summary>
/// <param name="State">`sent` or `failed`.</param>
/// <param name="FirstSeq">The first reply it was about.</param>
/// <param name="LastSeq">The newest reply in it; null when it was never tried.</param>
/// <param name="Error">The mail server's reply.</param>
internal sealed record LetterNote(string Id, string State, long FirstSeq, long? LastSeq, string? SettledAt, string? Error);
