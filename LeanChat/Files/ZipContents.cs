using System.Buffers.Binary;
using System.Text;

namespace LeanChat.Files;

/// <summary>The names in a zip file's directory (PKWARE APPNOTE §4.3.12 and §4.3.16), read without unpacking anything.</summary>
internal static class ZipContents
{
    private const int EndLength = 22;
    private const int EntryLength = 46;
    private const int FirstEntryLength = 30;
    private const int LocatorLength = 20;
    private const int End64Length = 56;

    /// <summary>The type of a zip file; null if it is broken, or a program.</summary>
    public static async Task<string?> TypeAsync(FileBytes file, string name)
    {
        var tail = new byte[Math.Min(file.Size, EndLength + ushort.MaxValue)];
        if (!await file.TryFillAsync(file.Size - tail.Length, tail) || FindEnd(tail) is not (>= 0 and var end))
            return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 12));
        // The directory ends where the end record begins, or those of zip64. A program may stand before the archive.
        var directoryEnd = file.Size - tail.Length + end
            - (end >= LocatorLength && tail.AsSpan(end - LocatorLength).StartsWith("PK\u0006\u0007"u8) ? LocatorLength + End64Length : 0);
        return await ReadAsync(new FileWindow(file), directoryEnd - length, directoryEnd) is { } hasContentTypes
            ? FileTypes.OfEntries(await FirstAsync(file), hasContentTypes, name)
            : null;
    }

    private static int FindEnd(ReadOnlySpan<byte> tail)
    {
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            if (tail[at..].StartsWith("PK\u0005\u0006"u8)
                && at + EndLength + BinaryPrimitives.ReadUInt16LittleEndian(tail[(at + 20)..]) == tail.Length)
                return at;
        }

        return -1;
    }

    /// <summary>
    /// Whether one of the entries is `[Content_Types].xml`; null if the directory is broken or one of them makes it a program.
    /// </summary>
    private static async Task<bool?> ReadAsync(FileWindow window, long at, long end)
    {
        var found = false;
        while (at < end)
        {
            if (await window.GetAsync(at, EntryLength) is not { } entry || !entry.Span.StartsWith("PK\u0001\u0002"u8))
                return null;
            var (nameLength, extraLength) = (NameLength(entry.Span), ExtraLength(entry.Span));
            if (await window.GetAsync(at + EntryLength, nameLength) is not { } bytes)
                return null;
            var name = Encoding.UTF8.GetString(bytes.Span).Replace('\\', '/');
            if (Runnable.IsEntry(name))
                return null;
            found |= name == "[Content_Types].xml";
            at += EntryLength + nameLength + extraLength;
        }

        return found;
    }

    private static int NameLength(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]);

    private static int ExtraLength(ReadOnlySpan<byte> entry) =>
        BinaryPrimitives.ReadUInt16LittleEndian(entry[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);

    /// <summary>What the first entry says, if it is called `mimetype` and is stored as it is.</summary>
    private static async Task<string?> FirstAsync(FileBytes file)
    {
        var head = new byte[FirstEntryLength + 128];
        var length = (int)Math.Min(head.Length, file.Size);
        if (length < FirstEntryLength || !await file.TryFillAsync(0, head.AsMemory(0, length)))
            return null;
        var (nameLength, extra) = (BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(26)),
            BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(28)));
        var (size, method) = (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(18)),
            BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(8)));
        var begin = FirstEntryLength + nameLength + extra;
        return method == 0 && nameLength == 8 && head.AsSpan(FirstEntryLength).StartsWith("mimetype"u8) && begin + size <= length
            ? Encoding.ASCII.GetString(head, begin, (int)size).TrimEnd()
            : null;
    }
}
