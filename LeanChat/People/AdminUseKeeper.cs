using LeanChat.Background;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>Keeps over a restart when each admin last used a dashboard: written at most once a minute, and at the end.</summary>
internal sealed class AdminUseKeeper(AdminActivity activity, Database database, TimeProvider clock, ILogger<AdminUseKeeper> log)
    : BackgroundLoop(log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Alarm _alarm = new(clock);
    private Dictionary<string, string> _stored = [];

    /// <summary>Reads what is kept, before anybody is told who is there.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _stored = database.Read(AdminStore.Used).ToDictionary(used => used.Id, used => used.UsedAt);
        activity.Restore(_stored.Select(used => (used.Key, UtcText.Parse(used.Value))));
        activity.Changed += _alarm.Wake;
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Writes what is not stored yet.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        activity.Changed -= _alarm.Wake;
        try
        {
            await WriteAsync();
        }
        catch (StorageException)
        {
            // A full disk: the minute before is known.
        }
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await _alarm.SleepAsync(null, stopping);
            await WriteAsync();
            await Task.Delay(Pause, clock, stopping);
        }
    }

    private async Task WriteAsync()
    {
        var now = activity.All().ToDictionary(used => used.Key, used => UtcText.Of(used.Value));
        var changed = now.Keys.Union(_stored.Keys)
            .Where(id => now.GetValueOrDefault(id) != _stored.GetValueOrDefault(id)).ToList();
        if (changed.Count == 0)
            return;
        await database.WriteAsync(tx =>
        {
            foreach (var id in changed)
                AdminStore.SetUsed(tx, id, now.GetValueOrDefault(id));
            return true;
        });
        _stored = now;
    }
}
