using System.Diagnostics.CodeAnalysis;

namespace LeanChat.Web;

/// <summary>What came of something that may be refused: the value, or why not.</summary>
internal readonly struct Outcome<T>
{
    private readonly T? _value;
    private readonly ApiError? _refusal;

    private Outcome(T? value, ApiError? error) => (_value, _refusal) = (value, error);

    /// <summary>True with the value; false with the refusal.</summary>
    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out ApiError? error)
    {
        (value, error) = (_value, _refusal);
        return error is null;
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(ApiError error) => new(default, error);
}
