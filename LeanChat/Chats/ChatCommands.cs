using LeanChat.Configuration;
using LeanChat.Files;
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
    PushQueue pushQueue, AdminActivity activity, ApiTokenUse tokenUse, SearchIndexer searchIndexer, FileAddresses addresses,
    ChatEvents events)
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
    public Task<Outcome<Posted>> PostAsUserAsync(
        string userId, string? content, string? clientId, IReadOnlyList<string>? attachmentIds = null) =>
        database.WriteAsync(tx => PostAsUser(
            tx, userId, ChatStore.FindOfUser(tx.Connection, userId), new Draft(content, clientId, attachmentIds)));

    /// <summary>Posts a message as an admin, in any chat.</summary>
    public Task<Outcome<Posted>> PostAsAdminAsync(Sender admin, string chatId, Draft draft) =>
        database.WriteAsync(tx => PostAsAdmin(tx, admin, ChatStore.Find(tx.Connection, chatId), draft));

    /// <summary>
    /// Posts a message from a socket of the chat <paramref name="known"/>, as user or admin. <paramref name="done"/> is called on the
    /// writer's thread, and must not wait.
    /// </summary>
    public void Post(Sender sender, Chat known, Draft draft, Action<Outcome<Posted>, Exception?> done) =>
        database.Write(tx => sender.IsUser
            ? PostAsUser(tx, sender.Id, ChatStore.Find(tx.Connection, known) ?? ChatStore.FindOfUser(tx.Connection, sender.Id), draft)
            : PostAsAdmin(tx, AsCalledNow(tx, sender), ChatStore.Find(tx.Connection, known), draft), done);

    /// <summary>An admin may have another name since the socket was opened.</summary>
    private static Sender AsCalledNow(Transaction tx, Sender admin) =>
        AdminStore.Find(tx.Connection, admin.Id) is { } now ? admin with { Name = now.Name } : admin;

    private Outcome<Posted> PostAsUser(Transaction tx, string userId, Chat? chat, Draft draft) =>
        chat is not null ? Post(tx, chat, Sender.User(userId), draft)
        : UserStore.Find(tx.Connection, userId) is not null ? Post(tx, Open(tx, userId), Sender.User(userId), draft)
        : ApiError.Unauthorized;

    private Outcome<Posted> PostAsAdmin(Transaction tx, Sender admin, Chat? chat, Draft draft) =>
        chat is not null ? Post(tx, chat, admin, draft) : ApiError.NotFound;

    private Outcome<Posted> Post(Transaction tx, Chat chat, Sender sender, Draft draft)
    {
        if (sender.IsUser && chat.UserBlockedAt is not null)
            return ApiError.Blocked;
        if (draft.Complaint(settings.Value.Limits.ContentLength) is { } complaint)
            return draft.HasGoodClientId ? FindSent(tx, chat, sender, draft) ?? complaint : complaint;
        // The files of a retry are in its message already, so that is looked for first.
        if (draft.HasFiles && FindSent(tx, chat, sender, draft) is { } before)
            return before;
        if (!draft.FindFiles(tx.Connection, addresses, chat, sender).Is(out var files, out var unknown))
            return unknown;
        var (passed, charged) = (rateLimit.TryPass(sender, out var error), true);
        tx.OnRollback(Refund);
        if (!passed || Store(tx, chat, sender, draft.Text, draft.ClientId, files) is not { } message)
        {
            // A retry under the same client id does not count against the rate limit.
            if (FindSent(tx, chat, sender, draft) is not { } sent)
                return error ?? throw new InvalidOperationException("Another message has the same seq.");
            Refund();
            return sent;
        }

        UpdateAndAnnounce(tx, chat, sender, message, chat.UnseenByUser is not null);
        return new Posted(message, Fresh: true);

        // At most once: a retry refunds here, and its group may be rolled back after that.
        void Refund()
        {
            if (charged)
                rateLimit.Undo(sender, passed);
            charged = false;
        }
    }

    /// <summary>The answer to a retry; null if it is none.</summary>
    private Outcome<Posted>? FindSent(Transaction tx, Chat chat, Sender sender, Draft draft) =>
        draft.ClientId is null || MessageStore.FindSent(tx.Connection, addresses, chat, sender, draft.ClientId) is not { } sent ? null
        : IsAsSent(tx, chat, sent, draft) ? new Posted(sent, Fresh: false)
        : ApiError.ClientIdConflict;

    /// <summary>Whether the message was first sent with these words and files.</summary>
    private static bool IsAsSent(Transaction tx, Chat chat, SupportMessage sent, Draft draft) =>
        MessageStore.SentHash(tx.Connection, chat, sent.Seq) is { } hash
            ? hash == MessageEdits.Hash(draft.Text) && (sent.DeletedAt is not null || draft.HasFilesOf(sent))
            : draft.IsIn(sent);

    /// <summary>Adds a message that came by e-mail, in a transaction that has checked it. Returns the chat as it is then.</summary>
    public Chat AddMail(Transaction tx, Chat chat, Sender sender, string content, IReadOnlyList<Attachment> files)
    {
        var byMail = sender with { Via = SupportMessage.Email };
        var message = Store(tx, chat, byMail, NullCharacter.Drop(content), null, files)
            ?? throw new InvalidOperationException("Another message has the same seq.");
        // Who answers one letter has not seen the replies after it: those are still told.
        return UpdateAndAnnounce(tx, chat, byMail, message, hadUnseenReplies: false);
    }

    /// <summary>What a stored message brings about: the chat's row, letters and notifications, and once it is on disk, frames.</summary>
    /// <param name="hadUnseenReplies">
    /// Whether there were replies that the user had not seen. Who writes has seen them: their letter is dropped.
    /// </param>
    private Chat UpdateAndAnnounce(Transaction tx, Chat chat, Sender sender, SupportMessage message, bool hadUnseenReplies)
    {
        var after = UpdateChat(tx, chat, message, sender);
        if (events.IsHeard)
            Tell(tx, chat, after, sender, message);
        if (sender.IsUser)
        {
            outbox.UserSaid(tx, chat.Id, message.Seq, hadUnseenReplies, chat.AdminViewedAt, chat.AssigneeId);
            pushQueue.UserSaid(tx, chat.Id);
            if (chat.NextBegins)
                ConversationStore.Begin(tx, chat, message);
        }
        else
        {
            outbox.AdminSaid(tx, chat.Id, chat.UserEmail, message.Seq);
            if (!sender.IsProgram)
            {
                // Who answers by e-mail has seen what the letter told, and nothing later.
                if (message.Via != SupportMessage.Email)
                    outbox.AdminSaw(tx, chat.Id);
                PushQueue.AdminSaw(tx, chat.Id);
                ConversationStore.Reply(tx, chat, message);
            }

            // A program is there only as long as it says so; its token was used all the same.
            tx.AfterCommit(() => (sender.IsProgram ? tokenUse.Use : (Action<string>)activity.Use)(sender.Id));
        }

        tx.AfterCommit(() =>
        {
            hub.Publish(chat.Topic, ChatFrames.NewMessage(message));
            // Archiving asked for a rating; the new message takes that question away.
            if (sender.IsUser && chat.ArchivedAt is not null && settings.Value.Flag("Rating:Enabled"))
                hub.Publish(chat.Topic, ChatFrames.Rating(null));
            if (sender.IsUser && hub.HasListeners(Presence.AdminTopic))
                hub.Publish(Presence.AdminTopic, ChatFrames.NewUserMessage(after, message));
            Announce(after);
            searchIndexer.Signal();
        });
        return after;
    }

    private void Tell(Transaction tx, Chat before, Chat after, Sender sender, SupportMessage message)
    {
        if (before.LastMessageAt is null)
            events.Tell(tx, new ChatEvent(ChatEvent.ChatCreated, after, sender.Id));
        if (before.ArchivedAt is not null && after.ArchivedAt is null)
            events.Tell(tx, new ChatEvent(ChatEvent.ChatRestored, after, sender.Id));
        events.Tell(tx, new ChatEvent(ChatEvent.MessageCreated, after, sender.Id, message));
    }

    /// <summary>Null if this client id was used before: inserting costs less than asking first.</summary>
    private static SupportMessage? Store(
        Transaction tx, Chat chat, Sender sender, string content, string? clientId, IReadOnlyList<Attachment> files)
    {
        // Later than the admin's last view, too: a message of the same millisecond would count as seen.
        var createdAt = UtcText.After(tx.Now, chat.LastMessageAt, sender.IsUser ? chat.AdminViewedAt : null);
        var message = new SupportMessage(
            tx.NewId(), chat.LastSeq + 1, clientId, content, sender.Type, sender.Name, null, createdAt, files, sender.Via);
        if (!MessageStore.Add(tx, chat, sender, message))
            return null;
        foreach (var file in files)
            AttachmentStore.Use(tx, file.Id, message.Id);
        return message;
    }

    /// <summary>Updates the chat's row after a new message; a user's message unarchives it and ends a snooze.</summary>
    private static Chat UpdateChat(Transaction tx, Chat chat, SupportMessage message, Sender sender)
    {
        var after = chat.With(message, sender);
        ChatStore.SetNewest(tx, after);
        if (sender.IsUser && (!chat.Unread || chat.ArchivedAt is not null))
            ChatStore.SetUnread(tx, after);
        if (sender.IsUser && chat.SnoozedUntil is not null)
            DeskStore.SetSnooze(tx, after);
        return after;
    }

    /// <summary>Changes a chat's row, and tells every dashboard if it is another then.</summary>
    public Task<Outcome<SupportChatListItem>> ChangeAsync(string chatId, Func<Transaction, Chat, Outcome<Chat>> change) =>
        database.WriteAsync<Outcome<SupportChatListItem>>(tx =>
        {
            if (ChatStore.Find(tx.Connection, chatId) is not { } chat)
                return ApiError.NotFound;
            if (!change(tx, chat).Is(out var after, out var error))
                return error;
            if (after != chat)
                tx.AfterCommit(() => Announce(after));
            return ListItem(after);
        });

    /// <summary>Tells every dashboard that a chat was deleted.</summary>
    public void AnnounceDeleted(string chatId) => hub.Publish(Presence.AdminTopic, ChatFrames.ChatDeleted(chatId));

    /// <summary>Tells every dashboard the chat's current state in its list.</summary>
    public void Announce(Chat chat)
    {
        if (chat.LastMessageAt is not null && hub.HasListeners(Presence.AdminTopic))
            hub.Publish(Presence.AdminTopic, ChatFrames.ChatUpdated(ListItem(chat)));
    }

    /// <summary>The chat's row in the dashboard's list.</summary>
    public SupportChatListItem ListItem(Chat chat) => chat.ListItem(presence.UserOnline(chat.UserId));
}
