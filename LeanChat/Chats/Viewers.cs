using LeanChat.Live;
using LeanChat.People;

namespace LeanChat.Chats;

/// <summary>Which admins have which chat open, so that no two answer it without knowing.</summary>
internal sealed class Viewers(Hub hub)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, List<Viewer>> _byChat = [];

    /// <summary>Everybody who has the chat open, each once.</summary>
    public IReadOnlyList<Viewer> Of(string chatId)
    {
        lock (_changing)
            return _byChat.TryGetValue(chatId, out var sockets) ? [.. sockets.Distinct()] : [];
    }

    public void Enter(string chatId, Admin admin) => Change(chatId, sockets => sockets.Add(Known(admin)));

    public void Leave(string chatId, Admin admin) => Change(chatId, sockets => sockets.Remove(Known(admin)));

    /// <summary>One at a time, so that the last thing told is the last that happened; what changes nothing is not told.</summary>
    private void Change(string chatId, Action<List<Viewer>> change)
    {
        lock (_changing)
        {
            var before = Of(chatId);
            if (!_byChat.TryGetValue(chatId, out var sockets))
                _byChat[chatId] = sockets = [];
            change(sockets);
            if (sockets.Count == 0)
                _byChat.Remove(chatId);
            var after = Of(chatId);
            if (!after.SequenceEqual(before))
                hub.Publish(Presence.AdminTopic, ChatFrames.Viewing(chatId, after));
        }
    }

    /// <summary>Only other admins see this, so that an address is better than nothing.</summary>
    private static Viewer Known(Admin admin) => new(admin.Id, admin.Name ?? admin.Email);
}
