namespace LeanChat.Proof;

/// <summary>Something that LeanChat promises, and how it is tried.</summary>
/// <param name="Name">The word for the command line.</param>
/// <param name="Sentence">What is promised.</param>
/// <param name="TryAsync">Tries it and notes every fault.</param>
/// <param name="Defects">What turns it red: each is a switch of the harness.</param>
internal sealed record Claim(string Name, string Sentence, Func<Trial, Task> TryAsync, params Defect[] Defects);

/// <summary>A deliberate defect, which the claim's checks must notice.</summary>
/// <param name="Name">The word for the command line.</param>
/// <param name="Sentence">What is wrong.</param>
/// <param name="IsQuick">Noticed within seconds: tried in every build; the others by `--defects`.</param>
internal sealed record Defect(string Name, string Sentence, bool IsQuick = false);
