using System.Buffers;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Files;

/// <summary>
/// One file on its way in. What arrives is stored a chunk at a time, so it never costs memory. Disposed before it is complete, it is
/// removed again.
/// </summary>
internal sealed class Upload(Uploads uploads, string id, Uploader uploader, string? name, long reserved) : IAsyncDisposable
{
    private readonly byte[] _chunk = ArrayPool<byte>.Shared.Rent(ChunkStore.ChunkBytes);
    private readonly TextCheck _text = new();
    private int _filled;
    private long _chunks;
    private long _size;
    private string _type = FileTypes.Unknown;
    private string _textType = FileTypes.PlainText;
    private PictureSize? _pictureSize;
    private bool _complete;

    /// <summary>Its size so far.</summary>
    public long Size => _size;

    /// <summary>Takes the next bytes. Returns why the file is refused; null while it is not.</summary>
    public async ValueTask<ApiError?> AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        _size += bytes.Length;
        if (_size > reserved)
            return uploads.TooLong(_size);
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, ChunkStore.ChunkBytes - _filled)];
            part.CopyTo(_chunk.AsMemory(_filled));
            (_filled, bytes) = (_filled + part.Length, bytes[part.Length..]);
            if (_filled == ChunkStore.ChunkBytes && await StoreChunkAsync(last: false) is { } error)
                return error;
        }

        return null;
    }

    /// <summary>All bytes are here: completes the file, so that a message can take it.</summary>
    public async Task<Outcome<Attachment>> CompleteAsync()
    {
        if (_size == 0)
            return ApiError.EmptyFile;
        if (await StoreChunkAsync(last: true) is { } error)
            return error;
        var stored = uploads.Read(id, _size);
        // Null: it is broken, or a program.
        var type = _type switch
        {
            Signatures.Zip => await ZipContents.TypeAsync(stored, name ?? ""),
            Signatures.Ole => await OleContents.TypeAsync(stored),
            FileTypes.Unknown when _text.IsText => _textType,
            FileTypes.Unknown => await Runnable.IsImageAsync(stored) ? null : FileTypes.Unknown,
            var known => known,
        };
        if (type is null || uploads.CheckType(type) is not null)
            return ApiError.UnsupportedType;
        _type = type;
        var outcome = await uploads.CompleteAsync(
            uploader, new KeptAttachment(id, name ?? FileName.Of(_type), _type, _size, _pictureSize?.Width, _pictureSize?.Height), stored);
        _complete = outcome.Is(out _, out _);
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(_chunk);
        if (!_complete)
            await uploads.RemoveAsync(id);
    }

    private async ValueTask<ApiError?> StoreChunkAsync(bool last)
    {
        var bytes = _chunk.AsMemory(0, _filled);
        if (_chunks == 0 && Look(bytes.Span) is { } error)
            return error;
        _text.Add(bytes.Span, last);
        if (_type == FileTypes.Unknown && !_text.IsText && uploads.CheckType(FileTypes.Unknown) is { } refused)
            return refused;
        _filled = 0;
        return bytes.IsEmpty || await uploads.AddChunkAsync(id, _chunks++, bytes) ? null : ApiError.NotFound;
    }

    /// <summary>What the first bytes tell: early, so that a file that will be refused is not uploaded for nothing.</summary>
    private ApiError? Look(ReadOnlySpan<byte> head)
    {
        if (Runnable.IsStart(head))
            return ApiError.UnsupportedType;
        (_type, _textType) = (FileTypes.OfStart(head, name ?? ""), FileTypes.OfText(head, name ?? ""));
        _pictureSize = PictureSize.Of(_type, head);
        return _type switch
        {
            // What these are is told by what is in them.
            Signatures.Zip or Signatures.Ole => null,
            FileTypes.Unknown => null,
            _ => uploads.CheckType(_type),
        };
    }
}
