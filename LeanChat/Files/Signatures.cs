namespace LeanChat.Files;

/// <summary>What the first bytes of a file tell.</summary>
internal static class Signatures
{
    public const string Zip = "application/zip";
    public const string Ole = "application/x-ole-storage";
    public const string Ogg = "application/ogg";
    public const string Matroska = "video/x-matroska";

    /// <summary>
    /// The first bytes, from an offset, and the type. Sources: W3C PNG §5.2; GIF89a §17; ITU-T T.81 §B.1.1.3 (JPEG); RFC 9649 §2.3 (WebP);
    /// Adobe TIFF 6.0 §2; ISO 32000 §7.5.2 (PDF); PKWARE APPNOTE §4.3.7 and §4.3.16 (zip); MS-CFB §2.2 (OLE); RFC 3533 §6 (Ogg);
    /// RFC 9639 §6 (FLAC); id3.org §3.1; Multimedia Programming Interface 1.0 (WAVE, AVI); RFC 8794 §11.2.1 (Matroska, WebM);
    /// RFC 4867 §5 (AMR); RFC 1952 §2.3.1 (gzip); 7zFormat.txt; RAR 5.0 archive format; xz-file-format §2.1.1.1; POSIX pax (tar);
    /// RTF 1.9.1.
    /// </summary>
    private static readonly (int At, byte[] Bytes, string Type)[] All =
    [
        (0, [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A], "image/png"),
        (0, [.. "GIF87a"u8], "image/gif"),
        (0, [.. "GIF89a"u8], "image/gif"),
        (0, [0xFF, 0xD8, 0xFF], "image/jpeg"),
        (8, [.. "WEBPVP8"u8], "image/webp"),
        (0, [.. "II*\0"u8], "image/tiff"),
        (0, [.. "MM\0*"u8], "image/tiff"),
        (0, [.. "%PDF-"u8], "application/pdf"),
        (0, [.. "PK\u0003\u0004"u8], Zip),
        (0, [.. "PK\u0005\u0006"u8], Zip),
        (0, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], Ole),
        (0, [.. "OggS"u8], Ogg),
        (0, [.. "fLaC"u8], "audio/flac"),
        (0, [.. "ID3"u8], "audio/mpeg"),
        (8, [.. "WAVEfmt "u8], "audio/wav"),
        (8, [.. "AVI LIST"u8], "video/x-msvideo"),
        (0, [0x1A, 0x45, 0xDF, 0xA3], Matroska),
        (0, [.. "#!AMR"u8], "audio/amr"),
        (0, [0x1F, 0x8B, 0x08], "application/gzip"),
        (0, [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "application/x-7z-compressed"),
        (0, [.. "Rar!\u001A\u0007"u8], "application/vnd.rar"),
        (0, [0xFD, .. "7zXZ\0"u8], "application/x-xz"),
        (257, [.. "ustar"u8], "application/x-tar"),
        (0, [.. @"{\rtf"u8], "application/rtf"),
    ];

    /// <summary>The type; null if no signature fits.</summary>
    public static string? Find(ReadOnlySpan<byte> head)
    {
        foreach (var (at, bytes, type) in All)
        {
            if (head.Length >= at + bytes.Length && head[at..].StartsWith(bytes) && (at != 8 || head.StartsWith("RIFF"u8)))
                return type;
        }

        return IsBoxes(head) ? OfBrands(head)
            : IsBitmap(head) ? "image/bmp"
            : IsAdts(head) ? "audio/aac"
            : IsMpegAudio(head) ? "audio/mpeg"
            : null;
    }

    /// <summary>A file of boxes that begins with its brands (ISO/IEC 14496-12 §4.3).</summary>
    private static bool IsBoxes(ReadOnlySpan<byte> head) => head.Length >= 12 && head[4..].StartsWith("ftyp"u8);

    /// <summary>The brands are registered at mp4ra.org. A major brand that says little is followed by better ones.</summary>
    private static string OfBrands(ReadOnlySpan<byte> head)
    {
        var brands = head[8..Math.Min(head.Length, Math.Clamp((head[2] << 8) | head[3], 12, 256))];
        return Has(brands, "avif"u8) || Has(brands, "avis"u8) ? "image/avif"
            : Has(brands, "heic"u8) || Has(brands, "heix"u8) || Has(brands, "mif1"u8) || Has(brands, "msf1"u8) ? "image/heic"
            : brands.StartsWith("qt  "u8) ? "video/quicktime"
            : brands.StartsWith("M4A "u8) || brands.StartsWith("M4B "u8) ? "audio/mp4"
            : brands.StartsWith("3g"u8) ? "video/3gpp"
            : "video/mp4";
    }

    private static bool Has(ReadOnlySpan<byte> brands, ReadOnlySpan<byte> brand)
    {
        for (var at = 0; at + 4 <= brands.Length; at += 4)
        {
            if (brands[at..].StartsWith(brand))
                return true;
        }

        return false;
    }

    /// <summary>`BM`, a size, and four bytes that are zero (BITMAPFILEHEADER): text can begin with the first two.</summary>
    private static bool IsBitmap(ReadOnlySpan<byte> head) => head.Length >= 10 && head.StartsWith("BM"u8) && head[6..10] is [0, 0, 0, 0];

    /// <summary>ADTS (ISO/IEC 13818-7 §6.2): twelve bits set, layer 0.</summary>
    private static bool IsAdts(ReadOnlySpan<byte> head) => head is [0xFF, _, ..] && (head[1] & 0xF6) == 0xF0;

    /// <summary>A frame of MPEG audio, layer 3 (ISO/IEC 11172-3 §2.4.1.3), with a bit rate and a sampling rate that exist.</summary>
    private static bool IsMpegAudio(ReadOnlySpan<byte> head) =>
        head is [0xFF, _, _, ..] && (head[1] & 0xE6) == 0xE2 && head[2] >> 4 is > 0 and < 15 && ((head[2] >> 2) & 3) != 3;
}
