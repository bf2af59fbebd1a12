using LeanChat.Live;

namespace LeanChat.Chats;

/// <summary>Counts the open sockets of each user and admin, and publishes who comes online or goes offline.</summary>
internal sealed class Presence(Hub hub, ConcurrencyLimiter sockets)
{
    /// <summary>The topic of every dashboard.</summary>
    public const string AdminTopic = "admins";

    private readonly Lock _changing = new();

    public bool AdminOnline => sockets.Taken(AdminTopic) > 0;

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

    public void AddAdmin(string adminId) => Change(() =>
    {
        sockets.TryTake(AdminKey(adminId), 0, out _);
        return sockets.TryTake(AdminTopic, 0, out var taken) && taken == 1;
    });

    public void RemoveAdmin(string adminId) => Change(() =>
    {
        sockets.Release(AdminKey(adminId));
        return sockets.Release(AdminTopic) == 0;
    });

    /// <summary>Changes and publishes under one lock: frames go out in the order of the changes.</summary>
    private void Change(Func<bool> change)
    {
        lock (_changing)
        {
            if (change())
                hub.PublishAll(Chat.TopicOf(""), ChatFrames.AdminPresence(AdminOnline));
        }
    }

    private static string UserKey(string userId) => "user:" + userId;

    private static string AdminKey(string adminId) => "admin:" + adminId;
}
