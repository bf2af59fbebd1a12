namespace LeanChat.Proof;

/// <summary>Something that LeanChat promises, and how it is tried.</summary>
/// <param name="Name">The word for the command line.</param>
/// <param name="Sentence">What is promised.</param>
/// <param name="TryAsync">Tries it and notes every fault.</param>
/// <param name="Defects">What turns it red: each is a switch of the harness, tried in every build as well.</param>
internal sealed record Claim(string Name, string Sentence, Func<Trial, Task> TryAsync, params Defect[] Defects);

/// <summary>A deliberate defect, which the claim's checks must notice.</summary>
internal sealed record Defect(string Name, string Sentence);
