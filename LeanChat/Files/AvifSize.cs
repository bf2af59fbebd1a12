using System.Buffers.Binary;

namespace LeanChat.Files;

/// <summary>The size of an AVIF picture: the properties of its primary item (ISO/IEC 23008-12 §6.5.3 `ispe` and §6.5.10 `irot`).</summary>
internal static class AvifSize
{
    /// <summary>More than any picture has: a file that wants to keep us busy has them.</summary>
    private const int MaxProperties = 100;

    public static PictureSize? Of(ReadOnlySpan<byte> head)
    {
        // Of a box with a version, the first four bytes are version and flags.
        if (Find(head, "meta"u8) is not { Length: > 4 } meta)
            return null;
        meta = meta[4..];
        var primary = Find(meta, "pitm"u8);
        var properties = Find(meta, "iprp"u8);
        if (primary.Length < 6)
            return null;
        var item = primary[0] == 0 || primary.Length < 8
            ? BinaryPrimitives.ReadUInt16BigEndian(primary[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(primary[4..]);
        var (size, turned) = ((PictureSize?)null, false);
        foreach (var index in Associations(Find(properties, "ipma"u8), item))
        {
            var (kind, value) = Nth(Find(properties, "ipco"u8), index);
            if (kind.SequenceEqual("ispe"u8) && value.Length >= 12)
                size = new PictureSize(BinaryPrimitives.ReadInt32BigEndian(value[4..]), BinaryPrimitives.ReadInt32BigEndian(value[8..]));
            else if (kind.SequenceEqual("irot"u8) && value.Length >= 1)
                turned = (value[0] & 1) == 1;
        }

        return size is { } found && turned ? new PictureSize(found.Height, found.Width) : size;
    }

    /// <summary>The numbers of an item's properties, from 1 (ISO/IEC 23008-12 §9.3.1).</summary>
    private static List<int> Associations(ReadOnlySpan<byte> box, uint item)
    {
        var found = new List<int>();
        if (box.Length < 8)
            return found;
        var (wideItem, wideIndex, at) = (box[0] > 0, (box[3] & 1) == 1, 8);
        for (var items = BinaryPrimitives.ReadUInt32BigEndian(box[4..]); items > 0; items--)
        {
            var idLength = wideItem ? 4 : 2;
            if (at + idLength + 1 > box.Length)
                break;
            var id = wideItem ? BinaryPrimitives.ReadUInt32BigEndian(box[at..]) : BinaryPrimitives.ReadUInt16BigEndian(box[at..]);
            var count = box[at + idLength];
            at += idLength + 1;
            for (; count > 0 && at + (wideIndex ? 2 : 1) <= box.Length; count--)
            {
                var index = wideIndex ? BinaryPrimitives.ReadUInt16BigEndian(box[at..]) & 0x7FFF : box[at] & 0x7F;
                at += wideIndex ? 2 : 1;
                if (id == item && found.Count < MaxProperties)
                    found.Add(index);
            }
        }

        return found;
    }

    /// <summary>What the first box of a kind holds; empty if there is none.</summary>
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> boxes, ReadOnlySpan<byte> name)
    {
        while (true)
        {
            var (kind, content) = Nth(boxes, 1);
            if (kind.IsEmpty || kind.SequenceEqual(name))
                return content;
            boxes = boxes[(8 + content.Length)..];
        }
    }

    /// <summary>A box by its number, from 1; empty if there is none, or it is not all there (ISO/IEC 14496-12 §4.2).</summary>
    private static Box Nth(ReadOnlySpan<byte> boxes, int number)
    {
        while (boxes.Length >= 8)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(boxes);
            if (length < 8 || length > boxes.Length)
                break;
            if (--number == 0)
                return new Box(boxes.Slice(4, 4), boxes[8..(int)length]);
            boxes = boxes[(int)length..];
        }

        return default;
    }

    private readonly ref struct Box(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> _kind = kind;
        private readonly ReadOnlySpan<byte> _content = content;

        public void Deconstruct(out ReadOnlySpan<byte> kind, out ReadOnlySpan<byte> content)
        {
            kind = _kind;
            content = _content;
        }
    }
}
