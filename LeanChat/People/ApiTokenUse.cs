using System.Collections.Concurrent;
using LeanChat.Background;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>When each API token was last used: known at once, written at most once a minute, and at the end.</summary>
internal sealed class ApiTokenUse(Database database, TimeProvider clock, ILogger<ApiTokenUse> log) : BackgroundLoop(log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Alarm _alarm = new(clock);
    private readonly ConcurrentDictionary<string, string> _usedAt = new();
    private Dictionary<string, string> _stored = [];

    /// <summary>A token is used now.</summary>
    public void Use(string id)
    {
        _usedAt[id] = UtcText.Of(clock.GetUtcNow());
        _alarm.Wake();
    }

    /// <summary>The token with the time it was last used, stored or not.</summary>
    public ApiToken Complete(ApiToken token) => _usedAt.TryGetValue(token.Id, out var at) ? token with { LastUsedAt = at } : token;

    /// <summary>Writes what is not stored yet.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
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
        var now = new Dictionary<string, string>(_usedAt);
        var changed = now.Where(used => _stored.GetValueOrDefault(used.Key) != used.Value).ToList();
        if (changed.Count == 0)
            return;
        await database.WriteAsync(tx =>
        {
            foreach (var (id, at) in changed)
                ApiTokenStore.SetUsed(tx, id, at);
            return true;
        });
        _stored = now;
    }
}
