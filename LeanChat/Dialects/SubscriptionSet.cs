using System.Collections.Concurrent;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>
/// The subscriptions of one connection, by the names that its client gave them. Each has a mailbox of its own, so it resumes and counts
/// by itself; all write to the one connection, and the end of a session of one ends it.
/// </summary>
/// <param name="with">What connections of chats work with.</param>
/// <param name="whole">The connection's own mailbox.</param>
/// <param name="connection">Where all of them write.</param>
/// <param name="log">Logs what goes wrong.</param>
internal sealed partial class SubscriptionSet(ChatConnections with, Mailbox whole, SharedConnection connection, ILogger log)
{
    private const int Max = 10;

    private readonly ConcurrentDictionary<string, Subscription> _byName = new();

    /// <summary>Counts each user of the connection once.</summary>
    public SharedPresence Presence { get; } = new(with.Presence);

    public bool IsFull => _byName.Count >= Max;

    public bool AnyConfirmed => _byName.Values.Any(each => each.Encoder.Confirmed);

    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>What stands under this name; null: nothing, or it was not confirmed.</summary>
    public ClientConnection? Find(string name) =>
        _byName.TryGetValue(name, out var found) && found.Encoder.Confirmed ? found.Client : null;

    /// <summary>Opens a subscription; <paramref name="join"/> returns its client and, if it is not let in, the reason.</summary>
    public async ValueTask OpenAsync(
        string name, SubscriptionEncoder encoder, Func<Mailbox, ValueTask<(ClientConnection Client, ApiError? Error)>> join)
    {
        var mailbox = with.Hub.RegisterPart(whole, with.Settings.Value.Limits.Mailbox);
        try
        {
            var (client, error) = await join(mailbox);
            if (error is not null)
                client.Refuse(error);
            var sender = new MailboxSender(
                connection.NewPart(), mailbox, null, with.Settings.Value.Limits.Mailbox, with.Clock, client.ReadAfter, encoder);
            var added = _byName[name] = new Subscription(mailbox, client, encoder);
            mailbox.Attach(sender);
            added.Running = RunAsync(name, added, sender);
        }
        catch (StorageException)
        {
            // A busy moment: the client tries again.
            with.Hub.Unregister(mailbox);
            whole.End(CloseReason.Overloaded);
        }
    }

    public void Close(string name)
    {
        if (_byName.TryGetValue(name, out var found))
            found.Mailbox.End(CloseReason.Normal);
    }

    /// <summary>Ends them all: the connection has ended.</summary>
    public async Task CloseAllAsync()
    {
        foreach (var (name, each) in _byName)
        {
            Close(name);
            await (each.Running ?? Task.CompletedTask);
        }
    }

    private async Task RunAsync(string name, Subscription subscription, MailboxSender sender)
    {
        var (mailbox, client, encoder) = subscription;
        try
        {
            await client.RunAsync(sender.Ended);
        }
        catch (Exception e)
        {
            // No caller observes this task before the connection ends, so the error is logged here.
            LogFailed(e);
        }

        client.Leave();
        with.Hub.Unregister(mailbox);
        _byName.TryRemove(KeyValuePair.Create(name, subscription));
        if (mailbox.CloseReason is { } reason && reason != CloseReason.Normal && encoder.EndsConnection(reason))
            whole.End(reason);
    }

    [LoggerMessage(LogLevel.Error, "A subscription failed")]
    private partial void LogFailed(Exception e);

    private sealed record Subscription(Mailbox Mailbox, ClientConnection Client, SubscriptionEncoder Encoder)
    {
        public Task? Running { get; set; }
    }
}
