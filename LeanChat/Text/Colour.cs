using System.Globalization;

namespace LeanChat.Text;

/// <summary>Colours as `#1F5FBF` or `#15B`.</summary>
internal static class Colour
{
    /// <summary>Black or white, whichever can be read better on this colour (relative luminance, WCAG 2.2), as in the widget.</summary>
    public static string InkOn(string colour)
    {
        var digits = colour.Length == 4 ? string.Concat(colour[1..].Select(digit => $"{digit}{digit}")) : colour[1..];
        var (red, green, blue) = (Linear(digits[..2]), Linear(digits[2..4]), Linear(digits[4..6]));
        return (.2126 * red) + (.7152 * green) + (.0722 * blue) > .179 ? "#000000" : "#FFFFFF";
    }

    private static double Linear(string channel)
    {
        var part = int.Parse(channel, NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return part <= .04045 ? part / 12.92 : Math.Pow((part + .055) / 1.055, 2.4);
    }
}
