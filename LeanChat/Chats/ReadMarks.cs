using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Push;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Marks messages as read, by the user or by the admins, and cancels letters and notifications about them.</summary>
internal sealed class ReadMarks(Database database, Hub hub, Outbox outbox, ChatCommands chats)
{
    /// <summary>Marks everything the admins wrote as read by the user; returns the last result again if there is nothing new.</summary>
    public Task<Outcome<ReadUpTo>> MarkReadByUserAsync(string userId) => database.WriteAsync<Outcome<ReadUpTo>>(tx =>
        ChatStore.FindOfUser(tx.Connection, userId) is { } chat
            ? MarkReadByUser(tx, chat, chat.LastAdminSeq).ReadByUser
            : new ReadUpTo(null, 0));

    /// <summary>Marks what the admins wrote up to a message as read by the user. Returns the chat as it is then.</summary>
    public Chat MarkReadByUser(Transaction tx, Chat chat, long upTo)
    {
        if (upTo <= chat.UserReadUpTo)
            return chat;
        var at = UtcText.Latest(tx.At, chat.LastMessageAt, chat.UserReadAt);
        MessageStore.MarkSeen(tx, chat, Sender.AdminType, chat.UserReadUpTo, upTo, at);
        ChatStore.SetUserRead(tx, chat, at, upTo);
        if (upTo >= chat.LastAdminSeq)
            outbox.UserSaw(tx, chat.Id);
        tx.AfterCommit(() => hub.Publish(chat.Topic, ChatFrames.Read(Sender.UserType, upTo, at)));
        return chat with { UserReadAt = at, UserReadUpTo = upTo };
    }

    /// <summary>Marks everything the user wrote as read by the admins: one of them has the chat open.</summary>
    public Task<Outcome<Viewed>> MarkReadByAdminsAsync(string chatId) => database.WriteAsync<Outcome<Viewed>>(tx =>
    {
        if (ChatStore.Find(tx.Connection, chatId) is not { } chat)
            return ApiError.NotFound;
        if (chat.UnseenByAdmins is null && !chat.Unread && chat.AdminViewedAt is not null)
            return new Viewed(null);
        var from = MessageStore.FirstUnseenByAdmins(tx.Connection, chat);
        var viewedAt = UtcText.Latest(tx.At, chat.LastMessageAt, chat.AdminViewedAt);
        MarkReadByAdmins(tx, chat, Math.Max(chat.LastUserSeq, chat.AdminReadUpTo), viewedAt);
        return new Viewed(from);
    });

    /// <summary>Marks what the user wrote up to a message as read by the admins. Returns the chat as it is then.</summary>
    /// <param name="viewedAt">The chat counts as viewed at this time: what the user wrote later is unread.</param>
    public Chat MarkReadByAdmins(Transaction tx, Chat chat, long upTo, string viewedAt)
    {
        var at = UtcText.Latest(tx.At, chat.LastMessageAt, chat.AdminViewedAt);
        MessageStore.MarkSeen(tx, chat, Sender.UserType, chat.AdminReadUpTo, upTo, at);
        outbox.AdminSaw(tx, chat.Id);
        PushQueue.AdminSaw(tx, chat.Id);
        var unread = upTo >= chat.LastUserSeq ? 0 : MessageStore.CountOfUserAfter(tx.Connection, chat, upTo);
        var after = chat with
        {
            AdminViewedAt = viewedAt,
            UnreadCount = unread,
            Unread = unread > 0,
            AdminReadUpTo = upTo,
        };
        ChatStore.SetViewed(tx, after);
        tx.AfterCommit(() =>
        {
            if (upTo > chat.AdminReadUpTo)
                hub.Publish(chat.Topic, ChatFrames.Read(Sender.AdminType, upTo, at));
            if (chat.Unread)
                chats.Announce(after);
        });
        return after;
    }
}
