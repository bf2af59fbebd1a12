using System.Diagnostics.CodeAnalysis;

namespace LeanChat.Web;

/// <summary>The result of an operation: a value or an error.</summary>
internal readonly struct Outcome<T>
{
    private readonly T? _value;
    private readonly ApiError? _error;

    private Outcome(T? value, ApiError? error) => (_value, _error) = (value, error);

    /// <summary>True with the value; false with the error.</summary>
    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out ApiError? error)
    {
        (value, error) = (_value, _error);
        return error is null;
    }

    /// <summary>A value of an interface type, which cannot be converted.</summary>
    public static Outcome<T> Of(T value) => new(value, null);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(ApiError error) => new(default, error);
}
