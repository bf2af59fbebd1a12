using LeanChat.Configuration;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Files;

/// <summary>Takes files in: checks what a name and a size tell, reserves room, and stores what arrives.</summary>
internal sealed class Uploads(
    Database database, CurrentSettings settings, FileAddresses addresses, VirusScanner scanner, FileEraser eraser, FileNews news)
    : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>The least time from one chunk to the next: at most 16 MB/s for all uploads, which leaves the disk to messages.</summary>
    private static readonly TimeSpan ChunkTime = TimeSpan.FromMilliseconds(4);

    /// <summary>One chunk at a time, of all uploads: a message waits for at most one of them.</summary>
    private readonly SemaphoreSlim _oneChunk = new(1);

    /// <summary>Begins an upload, or refuses it by what is known before its bytes.</summary>
    /// <param name="uploader">Who sends it.</param>
    /// <param name="given">Its name as it was sent.</param>
    /// <param name="length">Its size, where it is known.</param>
    public Task<Outcome<Upload>> BeginAsync(Uploader uploader, string? given, long? length)
    {
        var (limits, name) = (settings.Value.Files, FileName.Clean(given));
        ApiError? error = !limits.Enabled ? ApiError.FilesOff
            : name is not null && Runnable.IsName(name) ? ApiError.UnsupportedType
            : length == 0 ? ApiError.EmptyFile
            : length > limits.Bytes ? ApiError.FileTooLarge(limits.Bytes)
            : null;
        return error is not null
            ? Task.FromResult<Outcome<Upload>>(error)
            : database.WriteAsync(tx => Reserve(tx, uploader, name, length, limits));
    }

    /// <summary>Takes a file whose bytes are at hand.</summary>
    public async Task<Outcome<Attachment>> TakeAsync(Uploader uploader, string name, Stream content)
    {
        if (!(await BeginAsync(uploader, name, null)).Is(out var upload, out var no))
            return no;
        await using (upload)
        {
            var buffer = new byte[ChunkStore.ChunkBytes];
            while (await content.ReadAsync(buffer) is > 0 and var read)
            {
                if (await upload.AppendAsync(buffer.AsMemory(0, read)) is { } error)
                    return error;
            }

            return await upload.CompleteAsync();
        }
    }

    /// <summary>What is reserved counts for all uploads at the same time, so that they cannot exceed a limit together.</summary>
    private Outcome<Upload> Reserve(Transaction tx, Uploader uploader, string? name, long? length, FileLimits limits)
    {
        var free = limits.InAll - AttachmentStore.Total(tx.Connection);
        if (free < Math.Max(1, length ?? 1))
            return ApiError.FilesFull;
        var leftToday = limits.PerDay;
        if (uploader.IsUser)
        {
            var since = UtcText.Of(tx.Now - Day);
            leftToday -= AttachmentStore.OfUser(tx.Connection, uploader.SenderId, since);
            if (leftToday < Math.Max(AttachmentStore.LeastCounted, length ?? 1))
                return TooManyToday(tx, uploader, since);
        }

        var (id, reserved) = (tx.NewId(), length ?? Math.Min(limits.Bytes, Math.Min(free, uploader.IsUser ? leftToday : free)));
        if (!AttachmentStore.Add(tx, id, uploader, name ?? "", reserved))
            return ApiError.NotFound;
        return new Upload(this, id, uploader, name, reserved);
    }

    private static ApiError TooManyToday(Transaction tx, Uploader uploader, string since)
    {
        var oldest = AttachmentStore.OldestOfUser(tx.Connection, uploader.SenderId, since);
        return ApiError.TooManyFiles(oldest is null ? Day : UtcText.Parse(oldest) + Day - tx.Now);
    }

    /// <summary>The error for a file that is longer than what was reserved for it.</summary>
    public ApiError TooLong(long size) =>
        settings.Value.Files.Bytes is var most && size > most ? ApiError.FileTooLarge(most) : ApiError.TooManyFiles(Day);

    /// <summary>The error for a type that is not taken; null if it is.</summary>
    public ApiError? CheckType(string type) => FileTypes.Allows(settings.Value.Files.Types, type) ? null : ApiError.UnsupportedType;

    /// <summary>Stores a chunk; false if the file was erased meanwhile.</summary>
    public async Task<bool> AddChunkAsync(string id, long number, ReadOnlyMemory<byte> bytes)
    {
        await _oneChunk.WaitAsync();
        try
        {
            // Real time: it is about the disk.
            var pause = Task.Delay(ChunkTime);
            var stored = await database.WriteAsync(tx => ChunkStore.Add(tx, id, number, bytes.Span));
            await pause;
            return stored;
        }
        finally
        {
            _oneChunk.Release();
        }
    }

    /// <summary>What is stored of a file.</summary>
    public FileBytes Read(string id, long size) => new(database, id, size);

    /// <summary>Lets the virus scanner look at it, then makes it a file that a message can take.</summary>
    public async Task<Outcome<Attachment>> CompleteAsync(Uploader uploader, KeptAttachment file, FileBytes stored)
    {
        var scan = await scanner.ScanAsync(stored);
        if (scan.Virus is { } virus)
        {
            await database.WriteAsync(tx =>
            {
                AttachmentStore.AddRefused(tx, uploader.ChatId, file.Name, virus);
                tx.AfterCommit(() => news.Refuse(uploader.ChatId, new RefusedFile(file.Name, virus, tx.At)));
                return true;
            });
            return ApiError.VirusFound;
        }

        if (!scan.Done)
            return ApiError.NotScanned;
        var done = addresses.With(file);
        return await database.WriteAsync(tx => AttachmentStore.Complete(tx, done)) ? done : ApiError.NotFound;
    }

    /// <summary>Removes a file that no message has taken.</summary>
    public async Task RemoveAsync(string id)
    {
        try
        {
            await database.WriteAsync(tx => AttachmentStore.Remove(tx, id));
            eraser.Wake();
        }
        catch (StorageException)
        {
            // A full disk, or too much to write: the eraser finds it later.
        }
    }

    public void Dispose() => _oneChunk.Dispose();
}
