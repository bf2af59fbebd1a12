using System.Globalization;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Operations;

/// <summary>Makes backups regularly and keeps the newest. On the same machine, they do not help against a lost disk.</summary>
internal sealed partial class ScheduledBackups(
    Database database, CurrentSettings settings, TimeProvider clock, ILogger<ScheduledBackups> log) : BackgroundLoop(log)
{
    private const string Stamp = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(10);

    private long _failed;

    /// <summary>Backups that could not be made since the start.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>How often; null: never.</summary>
    public TimeSpan? Every => settings.Value["Backup:Every"].Length > 0 ? settings.Value.Duration("Backup:Every") : null;

    public string Folder => settings.Value["Backup:Folder"] is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(Path.GetDirectoryName(database.Location)!, "backups");

    /// <summary>When the newest backup was made; null: there is none.</summary>
    public DateTimeOffset? Newest() => All() is [.., var newest] ? TimeOf(newest) : null;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (Every is not { } every)
            return;
        var now = clock.GetUtcNow();
        // A restart alone makes no backup. If the newest is in the future, because the clock was set back, one is made now.
        var due = Newest() is { } newest && newest <= now ? newest + every : now;
        while (true)
        {
            // The clock is read at least every hour, because the machine may sleep or its clock may be set.
            for (var wait = due - clock.GetUtcNow(); wait > TimeSpan.Zero; wait = due - clock.GetUtcNow())
                await Task.Delay(wait < LongestDelay ? wait : LongestDelay, clock, stopping);
            now = clock.GetUtcNow();
            due = now + (await Task.Run(() => TryWrite(now, stopping), stopping) || every < RetryAfter ? every : RetryAfter);
        }
    }

    private bool TryWrite(DateTimeOffset now, CancellationToken stopping)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
                Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            else
                Directory.CreateDirectory(Folder);
            var file = Path.Combine(Folder, $"leanchat-{now.UtcDateTime.ToString(Stamp, CultureInfo.InvariantCulture)}.db");
            var size = Backup.Write(Path.GetDirectoryName(database.Location)!, file, stopping);
            LogWritten(size);
            if (settings.Value.Count("Backup:Keep") is > 0 and var keep)
            {
                foreach (var old in All().SkipLast(keep))
                    File.Delete(old);
            }

            return true;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // Any error, like a full disk or a missing folder, is counted and logged. Chats go on, and the backup is tried again soon.
            Interlocked.Increment(ref _failed);
            LogFailed(e);
            return false;
        }
    }

    /// <summary>Our own backups in the folder, oldest first. Other files are never touched.</summary>
    private string[] All() => Directory.Exists(Folder)
        ? [.. Directory.GetFiles(Folder, "leanchat-*.db").Where(file => TimeOf(file) is not null).Order(StringComparer.Ordinal)]
        : [];

    private static DateTimeOffset? TimeOf(string file) =>
        DateTimeOffset.TryParseExact(
            Path.GetFileNameWithoutExtension(file)["leanchat-".Length..], Stamp, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    [LoggerMessage(LogLevel.Information, "A backup was made: {Bytes} bytes")]
    private partial void LogWritten(long bytes);

    [LoggerMessage(LogLevel.Error, "A backup could not be made; it will be tried again")]
    private partial void LogFailed(Exception e);
}
