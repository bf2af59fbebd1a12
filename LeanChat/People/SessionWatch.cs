using LeanChat.Background;
using LeanChat.Live;
using LeanChat.Storage;

namespace LeanChat.People;

/// <summary>
/// Closes, within a second, the sockets of sessions that another process has ended: `leanchat admin reset` beside the server.
/// </summary>
internal sealed partial class SessionWatch(
    Database database, Sessions sessions, Hub hub, TimeProvider clock, ILogger<SessionWatch> log) : BackgroundLoop(log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private long? _lastCount;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                // Without a socket there is nothing to close. Once there is one, a session may have ended before it came.
                long? now = hub.Count == 0 ? null : await database.ForeignWritesAsync();
                if (now is not null && now != _lastCount)
                    await CloseEndedAsync();
                _lastCount = now;
            }
            catch (StorageException e) when (e.Failure == StorageFailure.Overloaded)
            {
                // Requests of people go first; the next check is in half a second.
            }
            catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
            {
                // For example a full disk. The next check tries again.
                LogFailed(e);
            }

            await Task.Delay(Interval, clock, stopping);
        }
    }

    private async Task CloseEndedAsync()
    {
        foreach (var key in hub.Keys())
        {
            if (!await sessions.IsOpenAsync(key))
                hub.CloseByKey(key, CloseReason.SessionEnded);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Checking for ended sessions failed")]
    private partial void LogFailed(Exception e);
}
