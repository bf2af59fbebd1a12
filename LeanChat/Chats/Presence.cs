using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>
/// Who is there: users by their open sockets; the shop by its opening hours, by what admins do, and by the setting `Presence`. Publishes
/// every change.
/// </summary>
internal sealed class Presence(Hub hub, ConcurrencyLimiter sockets, AdminActivity activity, CurrentSettings settings, TimeProvider clock)
{
    /// <summary>The topic of every dashboard.</summary>
    public const string AdminTopic = "admins";

    /// <summary>An admin who used a dashboard so lately is there.</summary>
    private static readonly TimeSpan UseLasts = TimeSpan.FromMinutes(5);

    /// <summary>So long `Presence=here` stands without anybody using a dashboard.</summary>
    private static readonly TimeSpan HereLasts = TimeSpan.FromHours(12);

    private readonly Lock _changing = new();
    private PresenceState? _told;

    /// <summary>Whether visitors may expect an answer now.</summary>
    public bool AdminOnline => Now().State.AdminOnline;

    /// <summary>What visitors are told now, and why.</summary>
    public PresenceState State => Now().State;

    public bool UserOnline(string userId) => sockets.Taken(UserKey(userId)) > 0;

    public bool IsOnline(string adminId) => sockets.Taken(AdminKey(adminId)) > 0;

    /// <summary>Counts one more socket of a user; false if the limit is reached.</summary>
    public bool TryAddUser(string userId, string chatId, string? pageUrl, int limit)
    {
        if (!sockets.TryTake(UserKey(userId), limit, out var taken))
            return false;
        if (taken == 1)
            hub.Publish(AdminTopic, ChatFrames.UserPresence(chatId, true, pageUrl));
        return true;
    }

    public void RemoveUser(string userId, string chatId, string? pageUrl)
    {
        if (sockets.Release(UserKey(userId)) == 0)
            hub.Publish(AdminTopic, ChatFrames.UserPresence(chatId, false, pageUrl));
    }

    public void AddAdmin(string adminId) => sockets.TryTake(AdminKey(adminId), 0, out _);

    public void RemoveAdmin(string adminId) => sockets.Release(AdminKey(adminId));

    /// <summary>Publishes <see cref="State"/> if it has changed. Under one lock: frames go out in the order of the changes.</summary>
    /// <returns>When it may change by itself; null: never.</returns>
    public DateTimeOffset? Refresh()
    {
        lock (_changing)
        {
            var (state, until) = Now();
            if (state.AdminOnline != (_told?.AdminOnline ?? false))
                hub.PublishToAll(Chat.TopicOf(""), ChatFrames.AdminPresence(state.AdminOnline));
            if (state != _told)
                hub.Publish(AdminTopic, ChatFrames.AdminPresence(state));
            _told = state;
            return until;
        }
    }

    /// <summary>Whether somebody is there, and when time alone may change that.</summary>
    private (PresenceState State, DateTimeOffset? Until) Now()
    {
        var (now, mode, usedAt) = (clock.GetUtcNow(), settings.Value["Presence"], activity.LastUsedAt);
        if (mode == "away")
            return (Told(false, "away"), null);
        if (mode == "here" && (activity.IsAnyVisible || usedAt + HereLasts > now))
            return (Told(true, "here"), activity.IsAnyVisible ? null : usedAt + HereLasts);
        var (open, changes) = Hours(now);
        var used = activity.IsAnyVisible || usedAt + UseLasts > now;
        var ends = activity.IsAnyVisible ? null : usedAt + UseLasts;
        return (
            open ? Told(used, used ? "used" : "unused") : Told(false, "closed", changes),
            used && ends < (changes ?? DateTimeOffset.MaxValue) ? ends : changes);

        PresenceState Told(bool online, string why, DateTimeOffset? until = null) =>
            new(online, mode, settings.IsFixed("Presence"), why, until is { } time ? UtcText.Of(time) : null);
    }

    /// <summary>Whether the shop is open, and when that changes. Without opening hours it always is.</summary>
    private (bool Open, DateTimeOffset? Changes) Hours(DateTimeOffset now)
    {
        if (OpeningHoursParser.Parse(settings.Value["Hours:Open"], out _) is not { Count: > 0 } hours)
            return (true, null);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(settings.Value["Hours:TimeZone"]);
        foreach (var (from, to) in OpeningHours.After(now, hours, zone))
        {
            var (start, end) = (DateTimeOffset.FromUnixTimeSeconds(from), DateTimeOffset.FromUnixTimeSeconds(to));
            return now >= start ? (true, end) : (false, start);
        }

        return (false, null);
    }

    private static string UserKey(string userId) => "user:" + userId;

    private static string AdminKey(string adminId) => "admin:" + adminId;
}

/// <summary>What visitors are told, and why.</summary>
/// <param name="Setting">The setting `Presence`.</param>
/// <param name="Fixed">Whether configuration fixes it.</param>
/// <param name="Why">
/// `away` or `here`: the setting says so; `closed`: outside the opening hours; `used` or `unused`: whether an admin uses a dashboard.
/// </param>
/// <param name="Until">If closed: when the shop opens.</param>
internal sealed record PresenceState(bool AdminOnline, string Setting, bool Fixed, string Why, string? Until);
