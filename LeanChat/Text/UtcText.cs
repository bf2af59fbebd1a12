using System.Globalization;

namespace LeanChat.Text;

/// <summary>Times as they are stored and sent: ISO 8601, UTC, with milliseconds, so that text order is time order.</summary>
internal static class UtcText
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const int Length = 24;
    private const int RoundTripLength = 28;

    public static string Of(DateTimeOffset time) => string.Create(Length, time.UtcDateTime, static (text, utc) =>
    {
        // The round-trip format is several times as fast as a pattern of our own. Its last four digits are cut off.
        Span<char> whole = stackalloc char[RoundTripLength];
        utc.TryFormat(whole, out _, "O", CultureInfo.InvariantCulture);
        whole[..(Length - 1)].CopyTo(text);
        text[^1] = 'Z';
    });

    /// <summary>Cuts a time to whole milliseconds.</summary>
    public static DateTimeOffset WholeMilliseconds(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    /// <summary>Reads a stored time. Throws <see cref="FormatException"/> for anything else.</summary>
    public static DateTimeOffset Parse(string text) =>
        DateTimeOffset.ParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>Reads a caller's time: ISO 8601 with any precision and offset; no offset means UTC.</summary>
    public static bool TryRead(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)
        && text.Length >= 10 && text[4] == '-' && text[7] == '-';

    /// <summary>The latest of some times: a message cannot be seen before it was sent, even if the clock goes back.</summary>
    public static string Latest(string now, params ReadOnlySpan<string?> others)
    {
        foreach (var other in others)
        {
            if (string.CompareOrdinal(now, other) < 0)
                now = other!;
        }

        return now;
    }

    /// <summary>
    /// <paramref name="now"/>, but at least a millisecond after each of <paramref name="earlier"/>: it rises even if the clock goes back.
    /// </summary>
    public static string After(DateTimeOffset now, params ReadOnlySpan<string?> earlier)
    {
        var text = Of(now);
        foreach (var before in earlier)
        {
            if (before is not null && string.CompareOrdinal(text, before) <= 0)
                text = Of(Parse(before).AddMilliseconds(1));
        }

        return text;
    }
}
