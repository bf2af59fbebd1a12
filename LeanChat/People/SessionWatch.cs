using LeanChat.Background;
using LeanChat.Live;
using LeanChat.Storage;

namespace LeanChat.People;

/// <summary>Sessions can end in another process, too: `leanchat admin reset` beside the server. Their sockets go within a second.</summary>
internal sealed partial class SessionWatch(Database database, Sessions sessions, Hub hub, TimeProvider clock, ILogger<SessionWatch> log) : BackgroundLoop(log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private long? _seen;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        // The first look is at once: whatever is written from then on counts.
        while (true)
        {
            try
            {
                var now = await database.ForeignWritesAsync();
                if (_seen is { } before && before != now)
                    await DismissEndedAsync();
                _seen = now;
            }
            catch (StorageException e) when (e.Failure == StorageFailure.Overloaded)
            {
                // People come first: looked at again in half a second.
            }
            catch (Exception e) when (e is StorageException or System.Data.Common.DbException)
            {
                // A full disk, say.
                LogFailed(e);
            }

            await Task.Delay(Interval, clock, stopping);
        }
    }

    private async Task DismissEndedAsync()
    {
        foreach (var key in hub.Keys())
        {
            if (!await sessions.IsOpenAsync(key))
                hub.CloseByKey(key, CloseReason.SessionEnded);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Looking for ended sessions failed")]
    private partial void LogFailed(Exception e);
}
