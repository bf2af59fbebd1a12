using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>The chat that one socket listens to: what it has missed, then what is new.</summary>
internal sealed class ChatSubscription(
    Mailbox mailbox, Hub hub, Database database, Presence presence, ReplyTime replyTime, FileAddresses addresses, CurrentSettings settings)
{
    private readonly Lock _subscribing = new();
    private long _start;
    private bool _resumes;

    /// <summary>The chat, as it was when the socket joined; null before that, and at the end.</summary>
    public Chat? Chat { get; private set; }

    /// <summary>Joins a chat and resumes after a seq; null: only what is new.</summary>
    public void Join(Chat chat, long? after)
    {
        Chat = chat;
        (_start, _resumes) = (Math.Min(after ?? chat.LastSeq, chat.LastSeq), after is not null);
        mailbox.Post(JoinAsync(chat));
    }

    /// <summary>Leaves the chat.</summary>
    public void Leave()
    {
        lock (_subscribing)
        {
            if (Chat is { } chat)
                hub.Unsubscribe(chat.Topic, mailbox);
            Chat = null;
        }
    }

    /// <summary>
    /// `ready`, what was edited, the missed messages, how far each side has read; then live messages. It subscribes first: live messages
    /// wait in the mailbox behind these, and the socket drops those it has already sent. Nothing stored after the chat was looked up is
    /// missing, even what this socket sends before it receives `ready`.
    /// </summary>
    private async IAsyncEnumerable<Frame> JoinAsync(Chat chat)
    {
        lock (_subscribing)
        {
            if (Chat != chat)
                yield break;
            hub.Subscribe(chat.Topic, mailbox);
        }

        var (start, resumes) = (_start, _resumes);
        yield return ChatFrames.Ready(chat.Id, chat.LastSeq, presence.AdminOnline, replyTime.Seconds, settings.Value, start);
        if (resumes)
        {
            await foreach (var frame in MissedFrames.EditsAsync(database, addresses, chat, start))
                yield return frame;
        }

        await foreach (var frame in MissedFrames.AfterAsync(database, addresses, chat, start))
            yield return frame;
    }

    /// <summary>The chat's messages after a seq, oldest first: fills the gap when a frame's number is not the next one.</summary>
    public async IAsyncEnumerable<Frame> ReadAfterAsync(long after)
    {
        while (Chat is { } chat)
        {
            var from = after;
            var missed = await database.ReadAsync(
                connection => MessageStore.After(connection, addresses, chat, from, ChatStore.LongestPage));
            foreach (var message in missed)
                yield return ChatFrames.NewMessage(message);
            if (missed.Count < ChatStore.LongestPage)
                yield break;
            after = missed[^1].Seq;
        }
    }
}
