using System.Diagnostics;
using System.Globalization;
using System.Text;
using LeanChat.Chats;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Operations;

/// <summary>/metrics in Prometheus' text format, for this machine and the addresses in `MetricsFor`. No personal data.</summary>
internal sealed class Metrics(Database database, Hub hub, Presence presence, ScheduledBackups backups)
{
    /// <summary>Adds the route.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", (HttpContext context) => ServeAsync(context)).WithMetadata(Access.Operator);

    private async Task ServeAsync(HttpContext context)
    {
        var (chats, messages, letters, unindexed, files) = await database.ReadAsync(connection => (
            ChatStore.CountAll(connection), MessageStore.CountEver(connection), LetterStore.Count(connection),
            SearchStore.Waiting(connection), AttachmentStore.Total(connection)));
        var text = new StringBuilder();
        AddSockets(text);
        Add(text, "leanchat_chats", "gauge", "Chats in the database.", chats);
        Add(text, "leanchat_messages_total", "counter", "Messages ever stored.", messages);
        Add(
            text, "leanchat_search_waiting", "gauge", "Messages and people not yet in the search index, roughly.",
            unindexed);
        Add(text, "leanchat_attachment_bytes", "gauge", "Bytes of files in the database.", files);
        AddDatabase(text);
        Add(
            text, "leanchat_letters", "gauge", "E-mails by state.", "state",
            [("waiting", letters.Waiting), ("sent", letters.Sent), ("failed", letters.Failed)]);
        AddBackups(text);
        AddProcess(text);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }

    private void AddSockets(StringBuilder text)
    {
        Add(text, "leanchat_sockets", "gauge", "Open WebSockets.", hub.Count);
        Add(
            text, "leanchat_sockets_closed_total", "counter",
            "WebSockets closed since the start, by close code. 1000: also lost connections; 4410: the client read too slowly.", "code",
            hub.Closed.OrderBy(each => each.Key).Select(each => (each.Key.ToString(CultureInfo.InvariantCulture), (double)each.Value)));
        Add(
            text, "leanchat_mailbox_overflows_total", "counter", "Sockets closed since the start because they read too slowly.",
            hub.Closed.GetValueOrDefault(CloseReason.TooSlow.Code));
        Add(text, "leanchat_admin_online", "gauge", "1 while visitors are told that somebody is there.", presence.AdminOnline ? 1 : 0);
    }

    private void AddDatabase(StringBuilder text)
    {
        Add(text, "leanchat_writes_total", "counter", "Writes committed since the start.", database.Statistics.Writes);
        Add(
            text, "leanchat_commits_total", "counter", "Groups of writes committed since the start, one fsync each.",
            database.Statistics.Commits);
        Add(text, "leanchat_writes_waiting", "gauge", "Writes waiting for the next group.", database.Statistics.Waiting);
        Add(text, "leanchat_commit_seconds", "Time to write a group to disk.", database.Statistics.CommitSeconds);
        Add(text, "leanchat_commit_writes", "Writes in a group.", database.Statistics.CommitWrites);
        Add(text, "leanchat_database_bytes", "gauge", "Size of the database file.", Size(database.Location));
        Add(text, "leanchat_database_log_bytes", "gauge", "Size of its write-ahead log.", Size(database.Location + "-wal"));
        Add(
            text, "leanchat_disk_free_bytes", "gauge", "Free space on the database's disk.",
            new DriveInfo(Path.GetDirectoryName(database.Location)!).AvailableFreeSpace);
    }

    private void AddBackups(StringBuilder text)
    {
        if (backups.Every is null)
            return;
        Add(
            text, "leanchat_backup_newest_timestamp_seconds", "gauge", "When the newest scheduled backup was made; 0 if there is none.",
            backups.Newest()?.ToUnixTimeSeconds() ?? 0);
        Add(text, "leanchat_backups_failed_total", "counter", "Scheduled backups that failed since the start.", backups.Failed);
    }

    private static void AddProcess(StringBuilder text)
    {
        using var process = Process.GetCurrentProcess();
        Add(
            text, "leanchat_info", "gauge", "Always 1; the label is the version.", "version",
            [(typeof(Metrics).Assembly.GetName().Version!.ToString(3), 1)]);
        Add(
            text, "process_start_time_seconds", "gauge", "When the process started.",
            new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        Add(text, "process_resident_memory_bytes", "gauge", "Resident memory.", Environment.WorkingSet);
        Add(text, "process_cpu_seconds_total", "counter", "CPU time spent.", Environment.CpuUsage.TotalTime.TotalSeconds);
        Add(text, "process_threads", "gauge", "Threads.", process.Threads.Count);
        if (OperatingSystem.IsLinux())
            Add(text, "process_open_fds", "gauge", "Open file descriptors.", Directory.GetFileSystemEntries("/proc/self/fd").Length);
        Add(text, "dotnet_gc_heap_bytes", "gauge", "Managed memory in use.", GC.GetTotalMemory(forceFullCollection: false));
        Add(
            text, "dotnet_gc_pause_seconds_total", "counter", "Time in which the garbage collector paused the process.",
            GC.GetTotalPauseDuration().TotalSeconds);
    }

    private static long Size(string file) => new FileInfo(file) is { Exists: true } found ? found.Length : 0;

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Add(StringBuilder text, string name, string type, string help, double value)
    {
        Head(text, name, type, help);
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Add(
        StringBuilder text, string name, string type, string help, string label, IEnumerable<(string Value, double Count)> counts)
    {
        Head(text, name, type, help);
        foreach (var (value, count) in counts)
            text.Append(CultureInfo.InvariantCulture, $"{name}{{{label}=\"{value}\"}} {count}\n");
    }

    private static void Add(StringBuilder text, string name, string help, Histogram histogram)
    {
        Head(text, name, "histogram", help);
        var (counts, sum) = (histogram.Counts(), histogram.Sum);
        var below = 0L;
        for (var step = 0; step < histogram.Bounds.Count; step++)
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{histogram.Bounds[step]}\"}} {below += counts[step]}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{name}_bucket{{le=\"+Inf\"}} {below + counts[^1]}\n{name}_sum {sum}\n{name}_count {below + counts[^1]}\n");
    }
}
