using System.Buffers.Binary;

namespace LeanChat.Files;

/// <summary>The size of a WebP picture (RFC 9649 §2.5 to §2.7, RFC 6386 §9.1).</summary>
internal static class WebpSize
{
    public static PictureSize? Of(ReadOnlySpan<byte> head)
    {
        if (head.Length < 30)
            return null;
        var chunk = head[12..];
        if (chunk.StartsWith("VP8X"u8))
            return new PictureSize(Three(chunk[12..]) + 1, Three(chunk[15..]) + 1).Oriented(Orientation(head));
        if (chunk.StartsWith("VP8L"u8) && chunk[8] == 0x2F)
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(chunk[9..]);
            return new PictureSize((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);
        }

        return chunk.StartsWith("VP8 "u8) && chunk[11..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A])
            ? new PictureSize(
                BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]) & 0x3FFF,
                BinaryPrimitives.ReadUInt16LittleEndian(chunk[16..]) & 0x3FFF)
            : null;
    }

    /// <summary>EXIF data stands behind the picture: often beyond what is looked at.</summary>
    private static int Orientation(ReadOnlySpan<byte> head)
    {
        for (var at = 12L; at + 8 <= head.Length;)
        {
            var chunk = head[(int)at..];
            var length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("EXIF"u8))
            {
                var exif = chunk[8..(int)Math.Min(chunk.Length, 8L + length)];
                return Exif.Orientation(exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif);
            }

            at += 8L + length + (length & 1);
        }

        return 1;
    }

    private static int Three(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
