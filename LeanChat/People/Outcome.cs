using System.Diagnostics.CodeAnalysis;

namespace LeanChat.People;

/// <summary>What came of something that may be refused: the value, or why not.</summary>
internal readonly struct Outcome<T>
{
    private readonly T? _value;
    private readonly Refusal? _refusal;

    private Outcome(T? value, Refusal? refusal) => (_value, _refusal) = (value, refusal);

    /// <summary>True with the value; false with the refusal.</summary>
    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        (value, refusal) = (_value, _refusal);
        return refusal is null;
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
