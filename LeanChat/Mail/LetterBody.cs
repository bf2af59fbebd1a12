namespace LeanChat.Mail;

/// <summary>What a letter says, before it is text (<see cref="LetterText"/>) and HTML (<see cref="LetterHtml"/>).</summary>
/// <param name="Words">Its language, and the texts of the language.</param>
/// <param name="Shop">The shop's name.</param>
/// <param name="Colour">The shop's colour.</param>
/// <param name="Answerable">Whether an answer by e-mail arrives.</param>
/// <param name="Passages">One for each chat.</param>
/// <param name="Why">Why one gets this letter.</param>
/// <param name="Unsubscribe">The link; null for letters that nobody can unsubscribe from.</param>
internal sealed record LetterBody(
    LetterWords Words, string Shop, string Colour, bool Answerable, IReadOnlyList<Passage> Passages, string Why, Uri? Unsubscribe)
{
    /// <summary>The line above which answers are written; null where none would arrive.</summary>
    public string? ReplyAbove => Answerable ? $"— {Words.ReplyAbove} —" : null;

    /// <summary>What mail programs show beside the subject: the beginning of what was said.</summary>
    public string Preview => Passages[0].Said is [var first, ..] ? first.Content : Passages[0].Heading;
}

/// <summary>The part of a letter about one chat.</summary>
internal sealed record Passage(string Heading, IReadOnlyList<Said> Said, IReadOnlyList<LetterLink> Links)
{
    /// <summary>What the visitor had said before, and the words above it.</summary>
    public (string Label, string Content)? Quote { get; init; }

    /// <summary>Lines about the visitor.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];
}

/// <summary>One message in a letter.</summary>
/// <param name="By">Its author; null where the heading names the author.</param>
internal sealed record Said(string? By, string Content);

/// <summary>A link in a letter. The first of a passage is its button.</summary>
internal sealed record LetterLink(string Text, Uri Target);
