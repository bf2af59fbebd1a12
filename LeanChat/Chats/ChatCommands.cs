using Dapper;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Changes chats: each command is one transaction, and is published once that is on disk.</summary>
internal sealed class ChatCommands(
    Database database, Hub hub, Presence presence, CurrentSettings settings, MessageRateLimit rateLimit, Outbox outbox,
    SearchIndexer searchIndexer)
{
    /// <summary>The chat of a user, created if there is none.</summary>
    public static Chat Open(Transaction tx, string userId)
    {
        if (ChatStore.FindOfUser(tx.Connection, userId) is { } present)
            return present;
        tx.Connection.Execute(
            "insert into support_chats (id, user_id, created_at) values (@id, @userId, @at)",
            new { id = tx.NewId(), userId, at = tx.At });
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
    /// thread that commits, often an event loop, and must not wait.
    /// </summary>
    public void Post(Sender sender, Chat known, string? content, string? clientId, Action<Outcome<Posted>, Exception?> done) =>
        database.Write(tx => sender.IsUser
            ? PostAsUser(
                tx, sender.Id, ChatStore.Find(tx.Connection, known) ?? ChatStore.FindOfUser(tx.Connection, sender.Id), content, clientId)
            : PostAsAdmin(tx, sender, ChatStore.Find(tx.Connection, known), content, clientId), done);

    private Outcome<Posted> PostAsUser(Transaction tx, string userId, Chat? chat, string? content, string? clientId) =>
        chat is not null ? Post(tx, chat, Sender.User(userId), content, clientId)
        : Users.Find(tx.Connection, userId) is not null ? Post(tx, Open(tx, userId), Sender.User(userId), content, clientId)
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
        var passed = rateLimit.TryPass(sender, out var error);
        if (!passed || Store(tx, chat, sender, content!, clientId) is not { } message)
        {
            // A retry under the same client id does not count against the rate limit.
            if (clientId is null || ChatStore.FindSent(tx.Connection, chat, sender, clientId) is not { } sent)
                return error ?? throw new InvalidOperationException("Another message has the same seq.");
            rateLimit.Undo(sender, passed);
            return sent.Content == content ? new Posted(sent, Fresh: false) : ApiError.ClientIdConflict;
        }

        var after = UpdateChat(tx, chat, message);
        if (sender.IsUser)
            outbox.UserSaid(tx, chat.Id, message.Seq, chat.UnseenByUser is not null, chat.AdminViewedAt, presence.AdminOnline);
        else
            outbox.AdminSaid(tx, chat.Id, message.Seq);
        tx.AfterCommit(() =>
        {
            hub.Publish(chat.Topic, ChatFrames.NewMessage(message));
            if (sender.IsUser && hub.Listens(Presence.AdminTopic))
                hub.Publish(Presence.AdminTopic, ChatFrames.NewUserMessage(after, message));
            Announce(after);
            searchIndexer.Signal();
        });
        return new Posted(message, Fresh: true);
    }

    /// <summary>Null if this client id was used before: inserting costs less than asking first.</summary>
    private static SupportMessage? Store(Transaction tx, Chat chat, Sender sender, string content, string? clientId)
    {
        var id = tx.NewId();
        // Later than the admin's last view, too: a message of the same millisecond would count as seen.
        var createdAt = UtcText.After(tx.Now, chat.LastMessageAt, sender.IsUser ? chat.AdminViewedAt : null);
        var seq = chat.LastSeq + 1;
        var stored = tx.Connection.Prepared(
            """
            insert into support_messages (id, chat, seq, client_id, sender_type, sender_id, sender_name, content, created_at)
            values (@id, @chat, @seq, @clientId, @senderType, @senderId, @senderName, @content, @createdAt)
            on conflict do nothing
            """)
            .With("@id", id).With("@chat", chat.Row).With("@seq", seq).With("@clientId", clientId).With("@senderType", sender.Type)
            .With("@senderId", sender.Id).With("@senderName", sender.Name).With("@content", content).With("@createdAt", createdAt).Run();
        return stored > 0 ? new SupportMessage(id, seq, clientId, content, sender.Type, sender.Name, null, createdAt) : null;
    }

    /// <summary>Updates the chat's row after a new message; a user's message unarchives it.</summary>
    private static Chat UpdateChat(Transaction tx, Chat chat, SupportMessage message)
    {
        var byUser = message.SenderType == Sender.UserType;
        var after = chat with
        {
            LastSeq = message.Seq,
            MessageCount = chat.MessageCount + 1,
            LastMessageAt = message.CreatedAt,
            LastMessagePreview = Excerpt.Of(message.Content, Content.PreviewLength),
            LastMessageSender = message.SenderType,
            LastMessageName = message.SenderName,
            UnreadCount = chat.UnreadCount + (byUser ? 1 : 0),
            LastUserSeq = byUser ? message.Seq : chat.LastUserSeq,
            LastAdminSeq = byUser ? chat.LastAdminSeq : message.Seq,
            ArchivedAt = byUser ? null : chat.ArchivedAt,
        };
        tx.Connection.Prepared(
            """
            update support_chats set last_seq = @lastSeq, message_count = @messageCount, last_message_at = @lastMessageAt,
              last_message_preview = @lastMessagePreview, last_message_sender = @lastMessageSender, last_message_name = @lastMessageName,
              unread_count = @unreadCount, last_user_seq = @lastUserSeq, last_admin_seq = @lastAdminSeq
            where row = @row
            """)
            .With("@lastSeq", after.LastSeq).With("@messageCount", after.MessageCount).With("@lastMessageAt", after.LastMessageAt)
            .With("@lastMessagePreview", after.LastMessagePreview).With("@lastMessageSender", after.LastMessageSender)
            .With("@lastMessageName", after.LastMessageName).With("@unreadCount", after.UnreadCount)
            .With("@lastUserSeq", after.LastUserSeq).With("@lastAdminSeq", after.LastAdminSeq)
            .With("@row", after.Row).Run();
        // A separate statement: SQLite rewrites the index of every column that an update names, even if its value stays the same.
        if (byUser && (chat.UnreadCount == 0 || chat.ArchivedAt is not null))
            tx.Connection.Prepared("update support_chats set unread = 1, archived_at = null where row = @row")
                .With("@row", after.Row).Run();
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
        MarkSeen(tx, chat, Sender.AdminType, chat.UserReadUpTo, at);
        outbox.UserSaw(tx, chat.Id);
        tx.Connection.Execute(
            "update support_chats set user_read_at = @at, user_read_up_to = @seq where id = @id", new { at, seq, id = chat.Id });
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
        var from = tx.Connection.QueryFirstOrDefault<long?>(
            """
            select seq from support_messages where chat = @chat and seq > @seen and sender_type = 'user' and read_at is null
            order by seq limit 1
            """,
            new { chat = chat.Row, seen = chat.AdminReadUpTo });
        var at = UtcText.Latest(tx.At, chat.LastMessageAt, chat.AdminViewedAt);
        MarkSeen(tx, chat, Sender.UserType, chat.AdminReadUpTo, at);
        outbox.AdminSaw(tx, chatId);
        var after = chat with
        {
            AdminViewedAt = at,
            UnreadCount = 0,
            AdminReadUpTo = seq ?? chat.AdminReadUpTo,
        };
        tx.Connection.Execute(
            """
            update support_chats set admin_viewed_at = @AdminViewedAt, unread_count = 0, unread = 0, admin_read_up_to = @AdminReadUpTo
            where id = @Id
            """,
            new { after.AdminViewedAt, after.AdminReadUpTo, after.Id });
        tx.AfterCommit(() =>
        {
            if (seq is { } upTo)
                hub.Publish(chat.Topic, ChatFrames.Read(Sender.AdminType, upTo, at));
            if (chat.UnreadCount > 0)
                Announce(after);
        });
        return new Viewed(from);
    });

    private static void MarkSeen(Transaction tx, Chat chat, string unseenFrom, long seen, string at) => tx.Connection.Execute(
        "update support_messages set read_at = @at where chat = @chat and seq > @seen and sender_type = @unseenFrom and read_at is null",
        new { at, chat = chat.Row, seen, unseenFrom });

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
            tx.Connection.Execute(
                "update support_chats set archived_at = @archivedAt where id = @chatId", new { archivedAt = after.ArchivedAt, chatId });
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

    public SupportChatListItem ListItem(Chat chat) => chat.ListItem(presence.UserOnline(chat.UserId));
}

/// <summary>A chat that an admin has looked at.</summary>
/// <param name="UnreadFrom">The first message of the user that no admin had seen before; null if there was none.</param>
internal sealed record Viewed(long? UnreadFrom);

/// <summary>A message that is on disk.</summary>
/// <param name="Fresh">False for a retry: it was stored before under the same client id.</param>
internal sealed record Posted(SupportMessage Message, bool Fresh);
