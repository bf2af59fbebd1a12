using LeanChat.Storage;

namespace LeanChat.Files;

/// <summary>The stored bytes of a file, read from any place, a chunk at a time.</summary>
internal sealed class FileBytes(Database database, string id, long size)
{
    public long Size => size;

    /// <summary>
    /// Reads up to the end of a chunk; 0 at the end of the file. Throws <see cref="FileGoneException"/> if it was erased.
    /// </summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> into)
    {
        if (offset >= size || into.IsEmpty)
            return 0;
        var (number, within) = Math.DivRem(offset, ChunkStore.ChunkBytes);
        var read = await database.ReadAsync(connection => ChunkStore.Read(connection, id, number, (int)within, into.Span));
        return read > 0 ? read : throw new FileGoneException();
    }

    /// <summary>Fills a buffer; false if the file ends before.</summary>
    public async ValueTask<bool> TryFillAsync(long offset, Memory<byte> into)
    {
        while (!into.IsEmpty)
        {
            if (offset < 0 || await ReadAsync(offset, into) is not (> 0 and var read))
                return false;
            (offset, into) = (offset + read, into[read..]);
        }

        return true;
    }
}

/// <summary>A file was erased while it was read.</summary>
internal sealed class FileGoneException() : Exception("The file was erased while it was read.");
