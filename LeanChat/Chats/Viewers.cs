using LeanChat.Live;
using LeanChat.People;

namespace LeanChat.Chats;

/// <summary>Which admins have which chat open, so that two do not answer it at once unknowingly.</summary>
internal sealed class Viewers(Hub hub)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, List<Viewer>> _byChat = [];

    /// <summary>The admins who have the chat open, each once.</summary>
    public IReadOnlyList<Viewer> Of(string chatId)
    {
        lock (_changing)
            return _byChat.TryGetValue(chatId, out var sockets) ? [.. sockets.Distinct()] : [];
    }

    public void Add(string chatId, Admin admin) => Change(chatId, sockets => sockets.Add(ViewerOf(admin)));

    public void Remove(string chatId, Admin admin) => Change(chatId, sockets => sockets.Remove(ViewerOf(admin)));

    /// <summary>Changes and publishes under one lock: frames go out in the order of the changes. Publishes only a real change.</summary>
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

    /// <summary>The e-mail address stands in for a missing name: only other admins see it.</summary>
    private static Viewer ViewerOf(Admin admin) => new(admin.Id, admin.Name ?? admin.Email);
}
