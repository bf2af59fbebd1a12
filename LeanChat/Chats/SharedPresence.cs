namespace LeanChat.Chats;

/// <summary>The users of one connection with several subscriptions: it counts as one socket of each, however many are theirs.</summary>
internal sealed class SharedPresence(Presence presence)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, int> _byUser = [];

    /// <summary>Counts one more subscription; false if it is the user's first here and the limit of sockets is reached.</summary>
    public bool TryAddUser(string userId, string chatId, string? pageUrl, int limit)
    {
        lock (_changing)
        {
            var before = _byUser.GetValueOrDefault(userId);
            if (before == 0 && !presence.TryAddUser(userId, chatId, pageUrl, limit))
                return false;
            _byUser[userId] = before + 1;
            return true;
        }
    }

    public void RemoveUser(string userId, string chatId, string? pageUrl)
    {
        lock (_changing)
        {
            if (--_byUser[userId] > 0)
                return;
            _byUser.Remove(userId);
            presence.RemoveUser(userId, chatId, pageUrl);
        }
    }
}
