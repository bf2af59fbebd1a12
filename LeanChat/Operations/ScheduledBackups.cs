using System.Globalization;
using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Operations;

/// <summary>A backup of its own every so often, the newest few kept, on the same machine: for mistakes and damage, not for a lost disk.</summary>
internal sealed partial class ScheduledBackups(Database database, CurrentSettings settings, TimeProvider clock, ILogger<ScheduledBackups> log) : BackgroundLoop(log)
{
    private const string Stamp = "yyyyMMdd'T'HHmmss'Z'";

    private static readonly TimeSpan Look = TimeSpan.FromHours(1);
    private static readonly TimeSpan TryAgain = TimeSpan.FromMinutes(10);

    private long _failed;

    /// <summary>Backups that could not be made since the start.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>How often; null: never.</summary>
    public TimeSpan? Every => settings.Value["Backup:Every"].Length > 0 ? settings.Value.Duration("Backup:Every") : null;

    public string Folder => settings.Value["Backup:Folder"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : Path.Combine(Path.GetDirectoryName(database.Location)!, "backups");

    /// <summary>When the newest backup here was made; null: there is none.</summary>
    public DateTimeOffset? Newest() => All() is [.., var newest] ? TimeOf(newest) : null;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        if (Every is not { } every)
            return;
        var now = clock.GetUtcNow();
        // A restart makes no backup of its own; one from the future, after the clock was set back, is not waited for.
        var due = Newest() is { } newest && newest <= now ? newest + every : now;
        while (true)
        {
            // A machine that slept, or whose clock was set, is noticed within the hour. A stop ends it; what was half written is gone again.
            for (var wait = due - clock.GetUtcNow(); wait > TimeSpan.Zero; wait = due - clock.GetUtcNow())
                await Task.Delay(wait < Look ? wait : Look, clock, stopping);
            now = clock.GetUtcNow();
            due = now + (await Task.Run(() => TryWrite(now, stopping), stopping) || every < TryAgain ? every : TryAgain);
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
            // No room, say, or a folder that has gone: whatever it is, it is counted, the chats go on, and it is tried again soon.
            Interlocked.Increment(ref _failed);
            LogFailed(e);
            return false;
        }
    }

    /// <summary>Our own backups here, oldest first; what else lies in the folder is not touched.</summary>
    private string[] All() => Directory.Exists(Folder)
        ? [.. Directory.GetFiles(Folder, "leanchat-*.db").Where(file => TimeOf(file) is not null).Order(StringComparer.Ordinal)]
        : [];

    private static DateTimeOffset? TimeOf(string file) =>
        DateTimeOffset.TryParseExact(Path.GetFileNameWithoutExtension(file)["leanchat-".Length..], Stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    [LoggerMessage(LogLevel.Information, "A backup was made: {Bytes} bytes")]
    private partial void LogWritten(long bytes);

    [LoggerMessage(LogLevel.Error, "A backup could not be made; it will be tried again")]
    private partial void LogFailed(Exception e);
}
