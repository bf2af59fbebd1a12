using LeanChat.Background;
using LeanChat.Live;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>Closes the sockets of API tokens when their end date comes.</summary>
internal sealed class ApiTokenWatch(Database database, Sessions sessions, Hub hub, TimeProvider clock, ILogger<ApiTokenWatch> log)
    : BackgroundLoop(log)
{
    private readonly Alarm _alarm = new(clock);

    protected override async Task RunAsync(CancellationToken stopping)
    {
        sessions.TokenAdded += _alarm.Wake;
        try
        {
            while (true)
            {
                // Asked before closing: what expires in between is closed at once.
                var next = await database.ReadAsync(connection => ApiTokenStore.NextExpiry(connection, clock.GetUtcNow()));
                await CloseExpiredAsync();
                await _alarm.SleepAsync(next is null ? null : UtcText.Parse(next), stopping);
            }
        }
        finally
        {
            sessions.TokenAdded -= _alarm.Wake;
        }
    }

    private async Task CloseExpiredAsync()
    {
        foreach (var key in hub.Keys().Where(key => key.StartsWith(Session.TokenKeyPrefix, StringComparison.Ordinal)))
        {
            if (!await sessions.IsOpenAsync(key))
                hub.CloseByKey(key, CloseReason.SessionEnded);
        }
    }
}
