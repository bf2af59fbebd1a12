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

    /// <summary>The class of Windows Installer packages, patches and transforms (Windows SDK, msi.h), but for its first byte.</summary>
    private static ReadOnlySpan<byte> InstallerClass => [0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

    /// <summary>The type of an Office document, or that of unknown files; null if it is broken, or an installer.</summary>
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
            if (!await file.TryFillAsync(Position(next, shift), sector) || (count == 0 && IsInstaller(sector)))
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

        return FileTypes.Unknown;
    }

    /// <summary>The first entry is the root, which has the class of the whole file (MS-CFB §2.6.1).</summary>
    private static bool IsInstaller(ReadOnlySpan<byte> directory) =>
        directory[80] is 0x82 or 0x84 or 0x86 && directory[81..].StartsWith(InstallerClass);

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
