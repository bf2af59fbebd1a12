using System.Data.Common;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Storage;

namespace LeanChat.Files;

/// <summary>
/// Erases the bytes of files that were deleted, a little at a time, so that messages do not wait; and deletes uploads that no message
/// took within a day, and what is past its time.
/// </summary>
internal sealed partial class FileEraser(Database database, CurrentSettings settings, TimeProvider clock, ILogger<FileEraser> log)
    : BackgroundLoop(log)
{
    /// <summary>Chunks erased in one write: 1 MiB, which the database overwrites.</summary>
    private const int ChunksAtOnce = 16;

    private const int FilesAtOnce = 100;

    /// <summary>Between two of them messages have the disk: three gigabytes a minute are left.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    /// <summary>After a failure, for example a full disk or an overload.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Unused = TimeSpan.FromDays(1);

    /// <summary>Longer than an upload may take.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(30);

    private readonly Alarm _alarm = new(clock);

    /// <summary>Something was deleted.</summary>
    public void Wake() => _alarm.Wake();

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            var next = await TryEraseAsync() ? Interval : Retry;
            await _alarm.SleepAsync(clock.GetUtcNow() + next, stopping);
        }
    }

    private async Task<bool> TryEraseAsync()
    {
        try
        {
            await EraseAsync();
            return true;
        }
        catch (Exception e) when (e is StorageException or DbException)
        {
            LogFailed(e);
            return false;
        }
    }

    /// <summary>Erases everything that is due.</summary>
    internal async Task EraseAsync()
    {
        var now = clock.GetUtcNow();
        await SweepAsync(
            connection => AttachmentStore.Unused(connection, now - Unused, now - settings.Value.Files.Time - Slack, FilesAtOnce),
            (tx, id) => AttachmentStore.Remove(tx, id));
        if (settings.Value.Count("Retention:AttachmentDays") is > 0 and var days)
            await SweepAsync(connection => AttachmentStore.Old(connection, now.AddDays(-days), FilesAtOnce), AttachmentStore.Erase);
        while (await database.ReadAsync(ChunkStore.FindErased) is { } id)
        {
            // Real time: it is about the disk.
            while (await database.WriteAsync(tx => ChunkStore.EraseSome(tx, id, ChunksAtOnce)))
                await Task.Delay(Pause);
        }
    }

    private async Task SweepAsync(Func<DbConnection, List<string>> due, Action<Transaction, string> sweep)
    {
        List<string> ids;
        do
        {
            ids = await database.ReadAsync(due);
            if (ids.Count == 0)
                return;
            await database.WriteAsync(tx =>
            {
                foreach (var id in ids)
                    sweep(tx, id);
                return true;
            });
        }
        while (ids.Count == FilesAtOnce);
    }

    [LoggerMessage(LogLevel.Warning, "Erasing files failed; it will be tried again")]
    private partial void LogFailed(Exception e);
}
