using LeanChat.Files;
using LeanChat.Live;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>What a socket has missed before it joined: edits, messages, then how far each side has read.</summary>
internal static class MissedFrames
{
    /// <summary>Edits are told as far back as this, from the newest message on.</summary>
    private const int EditsWithin = ChatStore.PageLength;

    /// <summary>What of the messages up to a seq, which the client has, was edited or deleted, now or before.</summary>
    public static async IAsyncEnumerable<Frame> EditsAsync(Database database, FileAddresses addresses, Chat chat, long upTo)
    {
        if (database.Read(connection => ChatStore.Find(connection, chat.Id)) is not { LastEditedSeq: > 0 } now)
            yield break;
        var after = now.LastSeq - EditsWithin;
        if (now.LastEditedSeq <= after)
            yield break;
        foreach (var message in await database.ReadAsync(connection => MessageStore.Changed(connection, addresses, now, after, upTo)))
            yield return ChatFrames.MessageUpdated(message);
    }

    public static async IAsyncEnumerable<Frame> AfterAsync(Database database, FileAddresses addresses, Chat chat, long sent)
    {
        while (database.Read(connection => ChatStore.Find(connection, chat.Id)) is { } now)
        {
            if (now.LastSeq > sent)
            {
                var from = sent;
                var missed = await database.ReadAsync(
                    connection => MessageStore.After(connection, addresses, chat, from, ChatStore.LongestPage));
                foreach (var message in missed)
                    yield return ChatFrames.NewMessage(message);
                if (missed.Count == 0)
                    break;
                sent = missed[^1].Seq;
                continue;
            }

            if (now.UserReadUpTo > 0 && now.UserReadAt is { } userReadAt)
                yield return ChatFrames.Read(Sender.UserType, now.UserReadUpTo, userReadAt);
            if (now.AdminReadUpTo > 0 && now.AdminViewedAt is { } viewedAt)
                yield return ChatFrames.Read(Sender.AdminType, now.AdminReadUpTo, viewedAt);
            break;
        }
    }
}
