using System.Buffers.Binary;
using System.Text;

namespace LeanChat.Files;

/// <summary>The names of the streams in an OLE file (MS-CFB): Office documents are told from installers and others by them.</summary>
internal static class OleContents
{
    private const int HeaderLength = 512;
    private const int EntryLength = 128;

    /// <summary>More sectors of directory than a document has: the chain is broken, or wants to hurt.</summary>
    private const int MaxSectors = 1000;

    /// <summary>The type of an Office document; null for anything else.</summary>
    public static async Task<string?> TypeAsync(FileBytes file)
    {
        var header = new byte[HeaderLength];
        if (!await file.TryFillAsync(0, header))
            return null;
        var shift = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30));
        if (shift is not (9 or 12))
            return null;
        var (sector, next) = (new byte[1 << shift], BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(48)));
        var cell = new byte[4];
        for (var count = 0; next < 0xFFFFFFFA && count < MaxSectors; count++)
        {
            if (!await file.TryFillAsync(Position(next, shift), sector))
                return null;
            for (var at = 0; at < sector.Length; at += EntryLength)
            {
                if (TypeOf(NameOf(sector.AsSpan(at, EntryLength))) is { } type)
                    return type;
            }

            // Which sector follows stands in the allocation table; where its sectors are, in the header.
            var perSector = sector.Length / 4;
            if (next / perSector >= 109)
                return null;
            var table = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(76 + ((int)(next / perSector) * 4)));
            if (!await file.TryFillAsync(Position(table, shift) + (next % perSector * 4), cell))
                return null;
            next = BinaryPrimitives.ReadUInt32LittleEndian(cell);
        }

        return null;
    }

    private static long Position(uint sector, int shift) => (sector + 1L) << shift;

    /// <summary>MS-DOC §2.1.1, MS-XLS §2.1.2 and §2.1.7.20.3, MS-PPT §2.1.1.</summary>
    private static string? TypeOf(string stream) => stream switch
    {
        "WordDocument" => "application/msword",
        "Workbook" or "Book" => "application/vnd.ms-excel",
        "PowerPoint Document" => "application/vnd.ms-powerpoint",
        _ => null,
    };

    private static string NameOf(ReadOnlySpan<byte> entry)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(entry[64..]);
        return length is >= 2 and <= 64 ? Encoding.Unicode.GetString(entry[..(length - 2)]) : "";
    }
}
