using System.Buffers.Binary;

namespace LeanChat.Files;

/// <summary>The size of a picture as browsers show it, as far as the first bytes of its file tell.</summary>
internal readonly record struct PictureSize(int Width, int Height)
{
    /// <summary>Null where they do not tell. Whatever the bytes are, nothing is read beyond them.</summary>
    public static PictureSize? Of(string type, ReadOnlySpan<byte> head)
    {
        var size = type switch
        {
            "image/png" => Png(head),
            // GIF89a §18.
            "image/gif" when head.Length >= 10 =>
                new PictureSize(BinaryPrimitives.ReadUInt16LittleEndian(head[6..]), BinaryPrimitives.ReadUInt16LittleEndian(head[8..])),
            "image/jpeg" => JpegSize.Of(head),
            "image/webp" => WebpSize.Of(head),
            "image/avif" => AvifSize.Of(head),
            _ => null,
        };
        return size is { Width: > 0, Height: > 0 } ? size : null;
    }

    /// <summary>Turned by a quarter, where `orientation` says so (Exif 2.32 §4.6.4: 5 to 8).</summary>
    public PictureSize Oriented(int orientation) => orientation is >= 5 and <= 8 ? new PictureSize(Height, Width) : this;

    /// <summary>W3C PNG §11.2.2; the orientation in §11.3.3.3 (eXIf), which stands before the picture's data.</summary>
    private static PictureSize? Png(ReadOnlySpan<byte> head)
    {
        if (head.Length < 24 || !head[12..].StartsWith("IHDR"u8))
            return null;
        var size = new PictureSize(BinaryPrimitives.ReadInt32BigEndian(head[16..]), BinaryPrimitives.ReadInt32BigEndian(head[20..]));
        for (var at = 8L; at + 12 <= head.Length;)
        {
            var chunk = head[(int)at..];
            var length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (chunk[4..].StartsWith("IDAT"u8))
                break;
            if (chunk[4..].StartsWith("eXIf"u8) && length <= chunk.Length - 8)
                return size.Oriented(Exif.Orientation(chunk.Slice(8, (int)length)));
            at += 12L + length;
        }

        return size;
    }
}
