using LeanChat.Background;
using LeanChat.Configuration;
using LeanChat.People;

namespace LeanChat.Chats;

/// <summary>Tells visitors at once when the shop comes or goes: by what admins do, by the settings, or because time has passed.</summary>
internal sealed class PresenceWatch(
    Presence presence, AdminActivity activity, CurrentSettings settings, TimeProvider clock,
    ILogger<PresenceWatch> log) : BackgroundLoop(log)
{
    private readonly Alarm _alarm = new(clock);

    /// <summary>True while it waits for the next change.</summary>
    internal bool Asleep => _alarm.IsAsleep;

    protected override async Task RunAsync(CancellationToken stopping)
    {
        activity.Changed += Tell;
        settings.Changed += Tell;
        try
        {
            while (true)
                await _alarm.SleepAsync(presence.Refresh(), stopping);
        }
        finally
        {
            activity.Changed -= Tell;
            settings.Changed -= Tell;
        }
    }

    private void Tell()
    {
        presence.Refresh();
        _alarm.Wake();
    }
}
