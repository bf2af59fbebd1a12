using System.Buffers.Binary;

namespace LeanChat.Files;

/// <summary>The size of a JPEG picture (ITU-T T.81 §B.2.2), turned as its EXIF data says.</summary>
internal static class JpegSize
{
    public static PictureSize? Of(ReadOnlySpan<byte> head)
    {
        var orientation = 1;
        for (var at = 2; at + 4 <= head.Length;)
        {
            if (head[at] != 0xFF)
                return null;
            var marker = head[at + 1];
            // A marker may be filled up before; those without a length have no segment.
            if (marker is 0xFF or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at += marker == 0xFF ? 1 : 2;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(head[(at + 2)..]);
            if (length < 2 || marker is 0xD9 or 0xDA)
                return null;
            var segment = head[(at + 4)..Math.Min(head.Length, at + 2 + length)];
            if (marker == 0xE1 && segment.StartsWith("Exif\0\0"u8))
                orientation = Exif.Orientation(segment[6..]);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return segment.Length < 5
                    ? null
                    : new PictureSize(
                        BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), BinaryPrimitives.ReadUInt16BigEndian(segment[1..]))
                        .Oriented(orientation);
            }

            at += 2 + length;
        }

        return null;
    }
}
