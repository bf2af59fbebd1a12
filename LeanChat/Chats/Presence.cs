using LeanChat.Live;

namespace LeanChat.Chats;

/// <summary>Who has a socket open: users, chat by chat, and admins.</summary>
internal sealed class Presence(Hub hub, ConcurrencyLimiter seats)
{
    /// <summary>Where every dashboard listens.</summary>
    public const string AdminTopic = "admins";

    private readonly Lock _changing = new();

    public bool AdminOnline => seats.Taken(AdminTopic) > 0;

    public bool UserOnline(string userId) => seats.Taken(UserKey(userId)) > 0;

    public bool IsOnline(string adminId) => seats.Taken(AdminKey(adminId)) > 0;

    /// <summary>Takes a seat for one more socket of a user; false when the limit is reached.</summary>
    public bool TryEnter(string userId, string chatId, string? pageUrl, int limit)
    {
        if (!seats.TryTake(UserKey(userId), limit, out var taken))
            return false;
        if (taken == 1)
            hub.Publish(AdminTopic, ChatFrames.UserPresence(chatId, true, pageUrl));
        return true;
    }

    public void Leave(string userId, string chatId, string? pageUrl)
    {
        if (seats.Release(UserKey(userId)) == 0)
            hub.Publish(AdminTopic, ChatFrames.UserPresence(chatId, false, pageUrl));
    }

    public void AdminEnters(string adminId) => Change(() =>
    {
        seats.TryTake(AdminKey(adminId), 0, out _);
        return seats.TryTake(AdminTopic, 0, out var taken) && taken == 1;
    });

    public void AdminLeaves(string adminId) => Change(() =>
    {
        seats.Release(AdminKey(adminId));
        return seats.Release(AdminTopic) == 0;
    });

    /// <summary>One at a time, so that the last thing a user hears is the last thing that happened.</summary>
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
