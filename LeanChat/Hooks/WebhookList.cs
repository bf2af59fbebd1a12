using LeanChat.Chats;
using LeanChat.Storage;

namespace LeanChat.Hooks;

/// <summary>All webhooks, kept in memory: a shop without any pays nothing for them when a message is stored.</summary>
internal sealed class WebhookList
{
    private readonly ChatEvents _events;
    private IReadOnlyList<Webhook> _all = [];

    public WebhookList(Database database, ChatEvents events)
    {
        _events = events;
        Take(database.Read(WebhookStore.All));
    }

    /// <summary>Raised when something may be due.</summary>
    public event Action? Due;

    /// <summary>All webhooks, oldest first, also those that are off.</summary>
    public IReadOnlyList<Webhook> All => Volatile.Read(ref _all);

    /// <summary>A webhook was added, changed or removed in this transaction.</summary>
    public void Changed(Transaction tx)
    {
        var all = WebhookStore.All(tx.Connection);
        tx.AfterCommit(() =>
        {
            Take(all);
            Due?.Invoke();
        });
    }

    /// <summary>A delivery was added in this transaction, or may go now.</summary>
    public void Added(Transaction tx) => tx.AfterCommit(() => Due?.Invoke());

    private void Take(IReadOnlyList<Webhook> all)
    {
        Volatile.Write(ref _all, all);
        _events.IsHeard = all.Count > 0;
    }
}
