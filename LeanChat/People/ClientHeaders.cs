namespace LeanChat.People;

/// <summary>What a client's HTTP headers say of it.</summary>
/// <param name="UserAgent">`User-Agent`, at most 400 characters.</param>
/// <param name="Locale">The language tag that `Accept-Language` wants most.</param>
internal sealed record ClientHeaders(string? UserAgent = null, string? Locale = null);
