using LeanChat.Files;
using LeanChat.Live;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>What a socket has missed before it joined: messages, then how far each side has read.</summary>
internal static class MissedFrames
{
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
