using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LeanChat.Proof;

/// <summary>Small files of many kinds, made here.</summary>
internal static class FileSamples
{
    /// <summary>A picture of 3 by 2 points; the same with an orientation.</summary>
    public static byte[] Png(int width = 3, int height = 2, int? orientation = null)
    {
        using var all = new MemoryStream();
        all.Write([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        Chunk("IHDR", header);
        if (orientation is { } turned)
            Chunk("eXIf", Exif(turned));
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(new byte[((width * 3) + 1) * height]);
        Chunk("IDAT", packed.ToArray());
        Chunk("IEND", []);
        return all.ToArray();

        void Chunk(string name, byte[] data)
        {
            var bytes = (byte[])[.. Encoding.ASCII.GetBytes(name), .. data];
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            all.Write(number);
            all.Write(bytes);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(bytes));
            all.Write(number);
        }
    }

    public static byte[] Gif(int width = 3, int height = 2) =>
        [.. "GIF89a"u8, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0, 0, 0, 0x3B];

    /// <summary>Its headers only: nobody here decodes it.</summary>
    public static byte[] Jpeg(int width = 3, int height = 2, int? orientation = null, int padding = 0)
    {
        var exif = orientation is { } turned ? (byte[])[.. "Exif\0\0"u8, .. Exif(turned)] : [];
        return
        [
            0xFF, 0xD8,
            .. Segment(0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
            .. exif.Length > 0 ? Segment(0xE1, exif) : [],
            .. Enumerable.Range(0, padding).SelectMany(_ => Segment(0xE2, new byte[60_000])),
            .. Segment(0xC0, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 1, 1, 0x11, 0]),
            0xFF, 0xD9,
        ];

        static byte[] Segment(byte marker, byte[] data) =>
            [0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];
    }

    public static byte[] Webp(int width = 3, int height = 2) =>
    [
        .. "RIFF"u8, 30, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, (byte)(width - 1), (byte)((width - 1) >> 8), 0,
        (byte)(height - 1), (byte)((height - 1) >> 8), 0, .. "VP8 "u8, 0, 0, 0, 0,
    ];

    /// <summary>An item with two sizes beside each other, of which the second is the thumbnail's.</summary>
    public static byte[] Avif(int width = 3, int height = 2, bool turned = false)
    {
        var ipco = Box("ipco", [.. Ispe(width, height), .. Ispe(1, 1), .. Box("irot", [1])]);
        byte[] associations = turned ? [0, 1, 2, 1, 3] : [0, 1, 1, 1];
        var ipma = Box("ipma", [0, 0, 0, 0, 0, 0, 0, 2, .. associations, 0, 2, 1, 2]);
        return
        [
            .. Box("ftyp", [.. "avif"u8, 0, 0, 0, 0, .. "mif1avif"u8]),
            .. Box("meta", [0, 0, 0, 0, .. Box("pitm", [0, 0, 0, 0, 0, 1]), .. Box("iprp", [.. ipco, .. ipma])]),
            .. Box("mdat", [1, 2, 3]),
        ];

        static byte[] Ispe(int width, int height) =>
            Box("ispe", [0, 0, 0, 0, 0, 0, (byte)(width >> 8), (byte)width, 0, 0, (byte)(height >> 8), (byte)height]);
    }

    public static byte[] Box(string name, byte[] content) =>
        [0, 0, (byte)((content.Length + 8) >> 8), (byte)(content.Length + 8), .. Encoding.ASCII.GetBytes(name), .. content];

    public static byte[] Pdf => [.. "%PDF-1.7\n%\u00e2\u00e3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"u8];

    /// <summary>A zip file with these entries.</summary>
    public static byte[] Zip(params (string Name, string Content)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return bytes.ToArray();
    }

    public static byte[] Docx => Zip(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w:document/>"));

    /// <summary>The first entry lies there as it is: zip programs of .NET would leave its size for later.</summary>
    public static byte[] Odt
    {
        get
        {
            var type = "application/vnd.oasis.opendocument.text"u8.ToArray();
            byte[] local =
            [
                .. "PK\u0003\u0004"u8, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)type.Length, 0, 0, 0, (byte)type.Length, 0, 0, 0,
                8, 0, 0, 0, .. "mimetype"u8, .. type,
            ];
            byte[] central =
            [
                .. "PK\u0001\u0002"u8, 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)type.Length, 0, 0, 0, (byte)type.Length,
                0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. "mimetype"u8,
            ];
            return
            [
                .. local, .. central, .. "PK\u0005\u0006"u8, 0, 0, 0, 0, 1, 0, 1, 0, (byte)central.Length, 0, 0, 0,
                (byte)local.Length, 0, 0, 0, 0, 0,
            ];
        }
    }

    /// <summary>An OLE file whose directory takes two sectors; the last of its streams is called so.</summary>
    public static byte[] Ole(string stream)
    {
        var file = new byte[512 * 5];
        byte[] header = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        header.CopyTo(file, 0);
        file[30] = 9;
        // Sector 0 is the allocation table; the directory begins in sector 1 and goes on in sector 3.
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(48), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(76), 0);
        var table = file.AsSpan(512);
        BinaryPrimitives.WriteUInt32LittleEndian(table, 0xFFFFFFFD);
        BinaryPrimitives.WriteUInt32LittleEndian(table[4..], 3);
        BinaryPrimitives.WriteUInt32LittleEndian(table[8..], 0xFFFFFFFF);
        BinaryPrimitives.WriteUInt32LittleEndian(table[12..], 0xFFFFFFFE);
        Entry(512 * 2, "Root Entry");
        Entry(512 * 4, stream);
        return file;

        void Entry(int at, string name)
        {
            Encoding.Unicode.GetBytes(name).CopyTo(file, at);
            file[at + 64] = (byte)((name.Length * 2) + 2);
        }
    }

    /// <summary>Bytes that cannot be packed, and are text.</summary>
    public static byte[] Text(int length, int seed = 1)
    {
        var (bytes, random) = (new byte[length], new Random(seed));
        for (var at = 0; at < length; at++)
            bytes[at] = (byte)('a' + random.Next(26));
        return bytes;
    }

    private static byte[] Exif(int orientation) =>
        [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];

    private static uint Crc(byte[] bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var each in bytes)
        {
            crc ^= each;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
