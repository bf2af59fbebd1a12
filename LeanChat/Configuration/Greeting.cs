using System.Globalization;
using LeanChat.Text;

namespace LeanChat.Configuration;

/// <summary>A rule by which the widget greets a visitor.</summary>
/// <param name="Seconds">So long after the page has loaded.</param>
/// <param name="Part">What the page's address must contain, path and query, without case; empty: every page.</param>
/// <param name="Text">What it says.</param>
internal sealed record Greeting(int Seconds, string Part, string Text)
{
    private const int AtMost = 10;
    private const int LongestDelay = 3600;
    private const int PartLength = 200;
    private const int TextLength = 300;

    /// <summary>Reads rules, a line each: `seconds, part of the address, text`. Only the first two commas divide.</summary>
    public static IReadOnlyList<Greeting> All(string lines) => [.. Settings.SplitLines(lines).Select(TryRead).OfType<Greeting>()];

    /// <summary>What is wrong with the rules, as the end of a sentence; null when they are valid.</summary>
    public static string? Complaint(string lines)
    {
        var all = Settings.SplitLines(lines);
        return all.Length > AtMost ? $"must have at most {AtMost} lines"
            : all.Any(line => TryRead(line) is null)
                ? "must have lines like `10, /pricing, Questions about our prices?`: seconds (up to 3,600), a part of the address, "
                    + "which may be empty, and a text of at most 300 characters"
            : null;
    }

    private static Greeting? TryRead(string line) =>
        line.Split(',', 3, StringSplitOptions.TrimEntries) is [var wait, var part, var text]
        && int.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LongestDelay
        && Excerpt.CodePoints(part) <= PartLength && !Blank.Is(text) && Excerpt.CodePoints(text) <= TextLength
            ? new Greeting(seconds, part, text)
            : null;
}
