using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Push;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Changes chats: each command is one transaction, and is published once that is on disk.</summary>
internal sealed class ChatCommands(
    Database database, Hub hub, Presence presence, CurrentSettings settings, MessageRateLimit rateLimit, Outbox outbox,
    PushQueue pushQueue, AdminActivity activity, SearchIndexer searchIndexer)
{
    /// <summary>The chat of a user, created if there is none.</summary>
    public static Chat Open(Transaction tx, string userId)
    {
        if (ChatStore.FindOfUser(tx.Connection, userId) is { } present)
            return present;
        ChatStore.Add(tx, userId);
        return ChatStore.FindOfUser(tx.Connection, userId)!;
    }

    /// <summary>The same; only reads if the chat exists.</summary>
    public async ValueTask<Chat> OpenAsync(string userId) =>
        database.Read(connection => ChatStore.FindOfUser(connection, userId)) ?? await database.WriteAsync(tx => Open(tx, userId));

    /// <summary>Posts a message as the user: stored once per client id. It unarchives the chat.</summary>
    public Task<Outcome<Posted>> PostAsUserAsync(string userId, string? content, string? clientId) =>
        database.WriteAsync(tx => PostAsUser(tx, userId, ChatStore.FindOfUser(tx.Connection, userId), content, clientId));

    /// <summary>Posts a message as an admin, in any chat.</summary>
    public Task<Outcome<Posted>> PostAsAdminAsync(Sender admin, string chatId, string? content, string? clientId) =>
        database.WriteAsync(tx => PostAsAdmin(tx, admin, ChatStore.Find(tx.Connection, chatId), content, clientId));

    /// <summary>
    /// Posts a message from a socket of the chat <paramref name="known"/>, as user or admin. <paramref name="done"/> is called on the
    /// writer's thread, and must not wait.
    /// </summary>
    public void Post(Sender sender, Chat known, string? content, string? clientId, Action<Outcome<Posted>, Exception?> done) =>
        database.Write(tx => sender.IsUser
            ? PostAsUser(
                tx, sender.Id, ChatStore.Find(tx.Connection, known) ?? ChatStore.FindOfUser(tx.Connection, sender.Id), content, clientId)
            : PostAsAdmin(tx, sender, ChatStore.Find(tx.Connection, known), content, clientId), done);

    private Outcome<Posted> PostAsUser(Transaction tx, string userId, Chat? chat, string? content, string? clientId) =>
        chat is not null ? Post(tx, chat, Sender.User(userId), content, clientId)
        : UserStore.Find(tx.Connection, userId) is not null ? Post(tx, Open(tx, userId), Sender.User(userId), content, clientId)
        : ApiError.Unauthorized;

    private Outcome<Posted> PostAsAdmin(Transaction tx, Sender admin, Chat? chat, string? content, string? clientId) =>
        chat is not null ? Post(tx, chat, admin, content, clientId) : ApiError.NotFound;

    private Outcome<Posted> Post(Transaction tx, Chat chat, Sender sender, string? content, string? clientId)
    {
        if (clientId is not null && !Content.IsClientId(clientId))
            return ApiError.BadRequest("A client_id must have 1 to 64 printable ASCII characters.");
        if (sender.IsUser && chat.UserBlockedAt is not null)
            return ApiError.Blocked;
        if (Content.Complaint(content, settings.Value.Limits.ContentLength) is { } complaint)
            return complaint;
        var (passed, charged) = (rateLimit.TryPass(sender, out var error), true);
        tx.OnRollback(Refund);
        if (!passed || Store(tx, chat, sender, content!, clientId) is not { } message)
        {
            // A retry under the same client id does not count against the rate limit.
            if (clientId is null || MessageStore.FindSent(tx.Connection, chat, sender, clientId) is not { } sent)
                return error ?? throw new InvalidOperationException("Another message has the same seq.");
            Refund();
            return sent.Content == content ? new Posted(sent, Fresh: false) : ApiError.ClientIdConflict;
        }

        var after = UpdateChat(tx, chat, message);
        if (sender.IsUser)
        {
            outbox.UserSaid(tx, chat.Id, message.Seq, chat.UnseenByUser is not null, chat.AdminViewedAt);
            pushQueue.UserSaid(tx, chat.Id);
        }
        else
        {
            outbox.AdminSaid(tx, chat.Id, message.Seq);
            PushQueue.AdminSaw(tx, chat.Id);
            tx.AfterCommit(() => activity.Use(sender.Id));
        }

        tx.AfterCommit(() =>
        {
            hub.Publish(chat.Topic, ChatFrames.NewMessage(message));
            if (sender.IsUser && hub.Listens(Presence.AdminTopic))
                hub.Publish(Presence.AdminTopic, ChatFrames.NewUserMessage(after, message));
            Announce(after);
            searchIndexer.Signal();
        });
        return new Posted(message, Fresh: true);

        // Once: a retry whose group is then rolled back has had it back already.
        void Refund()
        {
            if (charged)
                rateLimit.Undo(sender, passed);
            charged = false;
        }
    }

    /// <summary>Null if this client id was used before: inserting costs less than asking first.</summary>
    private static SupportMessage? Store(Transaction tx, Chat chat, Sender sender, string content, string? clientId)
    {
        // Later than the admin's last view, too: a message of the same millisecond would count as seen.
        var createdAt = UtcText.After(tx.Now, chat.LastMessageAt, sender.IsUser ? chat.AdminViewedAt : null);
        var message = new SupportMessage(tx.NewId(), chat.LastSeq + 1, clientId, content, sender.Type, sender.Name, null, createdAt);
        return MessageStore.Add(tx, chat, sender, message) ? message : null;
    }

    /// <summary>Updates the chat's row after a new message; a user's message unarchives it.</summary>
    private static Chat UpdateChat(Transaction tx, Chat chat, SupportMessage message)
    {
        var after = chat.With(message);
        ChatStore.SetNewest(tx, after);
        if (message.SenderType == Sender.UserType && (chat.UnreadCount == 0 || chat.ArchivedAt is not null))
            ChatStore.SetUnread(tx, after);
        return after;
    }

    /// <summary>Marks everything the admins wrote as read by the user; returns the last result again if there is nothing new.</summary>
    public Task<Outcome<ReadUpTo>> MarkReadByUserAsync(string userId) => database.WriteAsync<Outcome<ReadUpTo>>(tx =>
    {
        if (ChatStore.FindOfUser(tx.Connection, userId) is not { } chat)
            return new ReadUpTo(null, 0);
        if (chat.UnseenByUser is not { } seq)
            return new ReadUpTo(chat.UserReadAt, chat.UserReadUpTo);
        var at = UtcText.Latest(tx.At, chat.LastMessageAt, chat.UserReadAt);
        MessageStore.MarkSeen(tx, chat, Sender.AdminType, chat.UserReadUpTo, at);
        outbox.UserSaw(tx, chat.Id);
        ChatStore.SetUserRead(tx, chat, at, seq);
        tx.AfterCommit(() => hub.Publish(chat.Topic, ChatFrames.Read(Sender.UserType, seq, at)));
        return new ReadUpTo(at, seq);
    });

    /// <summary>Marks everything the user wrote as read by the admins: one of them has the chat open.</summary>
    public Task<Outcome<Viewed>> ViewAsync(string chatId) => database.WriteAsync<Outcome<Viewed>>(tx =>
    {
        if (ChatStore.Find(tx.Connection, chatId) is not { } chat)
            return ApiError.NotFound;
        var seq = chat.UnseenByAdmins;
        if (seq is null && chat.UnreadCount == 0 && chat.AdminViewedAt is not null)
            return new Viewed(null);
        var from = MessageStore.FirstUnseenByAdmins(tx.Connection, chat);
        var at = UtcText.Latest(tx.At, chat.LastMessageAt, chat.AdminViewedAt);
        MessageStore.MarkSeen(tx, chat, Sender.UserType, chat.AdminReadUpTo, at);
        outbox.AdminSaw(tx, chatId);
        PushQueue.AdminSaw(tx, chatId);
        var after = chat with
        {
            AdminViewedAt = at,
            UnreadCount = 0,
            AdminReadUpTo = seq ?? chat.AdminReadUpTo,
        };
        ChatStore.SetViewed(tx, after);
        tx.AfterCommit(() =>
        {
            if (seq is { } upTo)
                hub.Publish(chat.Topic, ChatFrames.Read(Sender.AdminType, upTo, at));
            if (chat.UnreadCount > 0)
                Announce(after);
        });
        return new Viewed(from);
    });

    /// <summary>Archives or unarchives a chat. Doing it twice changes nothing.</summary>
    public Task<Outcome<SupportChatListItem>> ArchiveAsync(string chatId, bool archived) =>
        database.WriteAsync<Outcome<SupportChatListItem>>(tx => Archive(tx, chatId, archived));

    private Outcome<SupportChatListItem> Archive(Transaction tx, string chatId, bool archived)
    {
        if (ChatStore.Find(tx.Connection, chatId) is not { } chat)
            return ApiError.NotFound;
        var after = chat with { ArchivedAt = archived ? chat.ArchivedAt ?? tx.At : null };
        if (after != chat)
        {
            ChatStore.SetArchived(tx, after);
            tx.AfterCommit(() => Announce(after));
        }

        return ListItem(after);
    }

    /// <summary>Tells every dashboard that a chat was deleted.</summary>
    public void AnnounceDeleted(string chatId) => hub.Publish(Presence.AdminTopic, ChatFrames.ChatDeleted(chatId));

    /// <summary>Tells every dashboard the chat's current state in its list.</summary>
    public void Announce(Chat chat)
    {
        if (chat.LastMessageAt is not null && hub.Listens(Presence.AdminTopic))
            hub.Publish(Presence.AdminTopic, ChatFrames.ChatUpdated(ListItem(chat)));
    }

    /// <summary>The chat's row in the dashboard's list.</summary>
    public SupportChatListItem ListItem(Chat chat) => chat.ListItem(presence.UserOnline(chat.UserId));
}

/// <summary>A chat that an admin has looked at.</summary>
/// <param name="UnreadFrom">The first message of the user that no admin had seen before; null if there was none.</param>
internal sealed record Viewed(long? UnreadFrom);

/// <summary>A message that is on disk.</summary>
/// <param name="Fresh">False for a retry: it was stored before under the same client id.</param>
internal sealed record Posted(SupportMessage Message, bool Fresh);
