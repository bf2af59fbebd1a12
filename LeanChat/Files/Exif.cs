using System.Buffers.Binary;

namespace LeanChat.Files;

/// <summary>The orientation in EXIF data (TIFF 6.0 §2, Exif 2.32 §4.6.4).</summary>
internal static class Exif
{
    private const ushort OrientationTag = 0x0112;
    private const ushort Short = 3;

    /// <summary>From 1 to 8; 1, upright, where there is none.</summary>
    public static int Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || !(tiff.StartsWith("II*\0"u8) || tiff.StartsWith("MM\0*"u8)))
            return 1;
        var little = tiff[0] == 'I';
        long at = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (at + 2 > tiff.Length)
            return 1;
        var count = Word(tiff[(int)at..], little);
        for (var entry = at + 2; count > 0 && entry + 12 <= tiff.Length; count--, entry += 12)
        {
            var field = tiff[(int)entry..];
            if (Word(field, little) == OrientationTag && Word(field[2..], little) == Short)
                return Word(field[8..], little);
        }

        return 1;
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
