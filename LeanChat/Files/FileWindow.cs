namespace LeanChat.Files;

/// <summary>Reads small pieces of a stored file that follow each other, without a query for each.</summary>
internal sealed class FileWindow(FileBytes file)
{
    private readonly byte[] _bytes = new byte[2 * ChunkStore.ChunkBytes];
    private long _from;
    private int _count;

    /// <summary>Up to 64 KiB, valid until the next call; null if the file does not have them.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(long at, int count)
    {
        if (at < 0 || at + count > file.Size)
            return null;
        if (at < _from || at + count > _from + _count)
        {
            (_from, _count) = (at, (int)Math.Min(_bytes.Length, file.Size - at));
            if (!await file.TryFillAsync(at, _bytes.AsMemory(0, _count)))
                return null;
        }

        return _bytes.AsMemory((int)(at - _from), count);
    }
}
