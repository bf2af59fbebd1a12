using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace LeanChat.Pages;

/// <summary>One text as it is sent: plain and compressed, with its ETag and the hashes for a content security policy.</summary>
internal sealed class Asset(string text)
{
    public const string ModuleTag = "<script type=\"module\">";

    // Compressed once, and not on the calling thread: it takes about 50 ms, which would delay the sockets of that thread.
    private readonly Lazy<Task<byte[]>> _brotli = new(() => Task.Run(() => CompressBrotli(Encoding.UTF8.GetBytes(text))));
    private readonly Lazy<Task<byte[]>> _gzip = new(() =>
        Task.Run(() => Compress(text, stream => new GZipStream(stream, CompressionLevel.SmallestSize))));

    public byte[] Plain { get; } = Encoding.UTF8.GetBytes(text);

    public Task<byte[]> Brotli => _brotli.Value;

    public Task<byte[]> Gzip => _gzip.Value;

    public string Tag { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));

    public string ScriptHash { get; } =
        HashOf(text, text.Contains(ModuleTag, StringComparison.Ordinal) ? ModuleTag : "<script>", "</script>");

    public string StyleHash { get; } = HashOf(text, "<style>", "</style>");

    private static string HashOf(string text, string open, string close)
    {
        var start = text.IndexOf(open, StringComparison.Ordinal) + open.Length;
        var end = start < open.Length ? -1 : text.IndexOf(close, start, StringComparison.Ordinal);
        return end < 0 ? "" : $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text[start..end])))}'";
    }

    /// <summary>In one piece: a stream does not know the length in advance, and its result is some hundred bytes larger.</summary>
    private static byte[] CompressBrotli(byte[] plain)
    {
        var to = new byte[BrotliEncoder.GetMaxCompressedLength(plain.Length)];
        if (!BrotliEncoder.TryCompress(plain, to, out var written, quality: 11, window: 22))
            throw new InvalidOperationException("Brotli needed more than its maximum length.");
        return to[..written];
    }

    private static byte[] Compress(string text, Func<Stream, Stream> encode)
    {
        using var to = new MemoryStream();
        using (var encoder = encode(to))
            encoder.Write(Encoding.UTF8.GetBytes(text));
        return to.ToArray();
    }
}
