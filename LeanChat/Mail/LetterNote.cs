namespace LeanChat.Mail;

/// <summary>What became of a letter about a chat's answers.</summary>
/// <param name="State">`sent` or `failed`.</param>
/// <param name="FirstSeq">The first answer it was about.</param>
/// <param name="LastSeq">The newest answer that it told of; null when it never went.</param>
/// <param name="Error">The mail server's own words.</param>
internal sealed record LetterNote(string Id, string State, long FirstSeq, long? LastSeq, string? SettledAt, string? Error);
