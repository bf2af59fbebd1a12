using System.Data.Common;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Opens chats and connects them with users: new ones, typed and signed identities, the link in an e-mail.</summary>
internal sealed class ChatJoining(
    Database database, Hub hub, ChatCommands commands, Sessions sessions, FileAddresses addresses, Outbox outbox,
    ChatEvents events)
{
    /// <summary>The caller's chat; a caller without a session becomes a new user with a new session.</summary>
    public async Task<OpenedChat> OpenAsync(Session? session, ClientHeaders browser)
    {
        if (session?.UserId is { } known && await database.ReadAsync(connection => Find(connection, known)) is { } present)
        {
            await sessions.ProlongAsync(session);
            if (await database.ReadAsync(connection => UserStore.HasOtherLocale(connection, known, browser)))
                await database.WriteAsync(tx => SetLocale(tx, known, browser));
            return present;
        }

        return await database.WriteAsync(tx =>
        {
            if (session?.UserId is { } user && UserStore.Find(tx.Connection, user) is not null)
                return Open(tx, user, null);
            var userId = UserStore.Create(tx, browser);
            return Open(tx, userId, Sessions.StartForUser(tx, userId));
        });
    }

    private static bool SetLocale(Transaction tx, string userId, ClientHeaders browser)
    {
        UserStore.SetLocale(tx, userId, browser.Locale);
        return true;
    }

    /// <summary>Stores the name and e-mail that the user typed; this merges no chats and gives no access.</summary>
    public Task<OpenedChat> DescribeAsync(Session session, string? email, string? name) => database.WriteAsync(tx =>
    {
        var before = UserStore.Find(tx.Connection, session.UserId!);
        UserStore.Describe(tx, session.UserId!, email, name);
        var opened = Open(tx, session.UserId!, null);
        MailUntold(tx, opened.Chat, before?.Email);
        TellIdentified(tx, opened.Chat, before, joined: false);
        tx.AfterCommit(() => commands.Announce(opened.Chat));
        return opened;
    });

    /// <summary>
    /// Signs the caller in by a signed identity. Its user is the same on every device. The caller's anonymous chat is merged into that
    /// user's chat, because the caller owns both. The session is a new one unless it was already this user's.
    /// </summary>
    public Task<OpenedChat> IdentifyAsync(Session? session, Identity identity, ClientHeaders browser) => database.WriteAsync(tx =>
    {
        var caller = session?.UserId is { } id ? UserStore.Find(tx.Connection, id) : null;
        var known = UserStore.FindSubject(tx.Connection, identity.Subject);
        if (known is not null && known.Id == caller?.Id)
            return SetIdentity(tx, known.Id, identity, null);

        var anonymous = caller is { Subject: null } ? caller : null;
        var userId = known?.Id ?? anonymous?.Id ?? UserStore.Create(tx, browser);
        var (untold, joined) = (false, known is not null && anonymous is not null);
        if (known is not null && anonymous is not null)
            Merge(tx, anonymous, known, out untold);
        else if (session is not null && caller is not null)
            sessions.End(tx, session);
        return SetIdentity(tx, userId, identity, Sessions.StartForUser(tx, userId), untold, joined);
    });

    /// <param name="untold">Whether replies have moved into the chat that the user has neither seen nor been told of.</param>
    /// <param name="joined">Whether another chat has joined this user's.</param>
    private OpenedChat SetIdentity(
        Transaction tx, string userId, Identity identity, string? token, bool untold = false, bool joined = false)
    {
        var before = UserStore.Find(tx.Connection, userId);
        UserStore.SetIdentity(tx, userId, identity);
        var opened = Open(tx, userId, token);
        MailUntold(tx, opened.Chat, before?.Email, untold);
        TellIdentified(tx, opened.Chat, before, joined);
        tx.AfterCommit(() => commands.Announce(opened.Chat));
        return opened;
    }

    private void TellIdentified(Transaction tx, Chat chat, User? before, bool joined)
    {
        if (!events.IsHeard || UserStore.Find(tx.Connection, chat.UserId) is not { } now)
            return;
        if (joined || (now.Subject, now.Email, now.EmailVerified, now.Name)
            != (before?.Subject, before?.Email, before?.EmailVerified ?? false, before?.Name))
            events.Tell(tx, new ChatEvent(ChatEvent.UserIdentified, chat, chat.UserId));
    }

    /// <summary>What did not arrive at the address before goes to the new one.</summary>
    /// <param name="untold">Whether replies have moved into the chat that no letter has told.</param>
    private void MailUntold(Transaction tx, Chat chat, string? before, bool untold = false)
    {
        if (untold || EmailAddress.KeyOf(before) != EmailAddress.KeyOf(chat.UserEmail))
            outbox.Readdressed(tx, chat.Id, chat.UserEmail);
    }

    /// <summary>Moves the anonymous chat's messages over in order, and deletes the anonymous user.</summary>
    private void Merge(Transaction tx, User anonymous, User known, out bool untold)
    {
        var into = ChatCommands.Open(tx, known.Id);
        untold = false;
        if (ChatStore.FindOfUser(tx.Connection, anonymous.Id) is { } from)
        {
            untold = UnseenStore.FirstUntold(tx.Connection, from.Id) is not null;
            events.Join(tx, from, into);
            var before = into;
            var moved = new List<SupportMessage>();
            foreach (var message in MessageStore.After(tx.Connection, addresses, from, 0, int.MaxValue))
            {
                moved.Add(Move(tx, message, from, into));
                into = into with { LastSeq = moved[^1].Seq, LastMessageAt = moved[^1].CreatedAt };
            }

            var unseen = moved.Any(message => message is { SenderType: Sender.UserType, ReadAt: null });
            if (moved.Count > 0)
            {
                var senderId = MergeStore.SenderIdOf(tx.Connection, into, moved[^1].Seq);
                MergeStore.Recount(tx, into, moved[^1], senderId, moved.Count, unseen, into.Unread || from.Unread);
            }

            AttachmentStore.Move(tx, from.Row, into.Row, into.UserId);
            AttachmentStore.MoveRefused(tx, from.Row, into.Row);
            ReplyKeyStore.Move(tx, from.Id, into.Id);
            MoveDesk(tx, from, into, into.LastSeq - moved.Count, unseen);
            ChatStore.Remove(tx, from);
            TellJoined(tx, before);
            tx.AfterCommit(() =>
            {
                foreach (var message in moved)
                    hub.Publish(into.Topic, ChatFrames.NewMessage(message));
                commands.AnnounceDeleted(from.Id);
            });
        }

        sessions.EndAll(tx, anonymous.Id);
        UserStore.Remove(tx, anonymous.Id);
    }

    /// <summary>A chat in which nothing was said has begun, or one that was archived is back, by what has moved into it.</summary>
    private void TellJoined(Transaction tx, Chat before)
    {
        if (!events.IsHeard || ChatStore.Find(tx.Connection, before.Id) is not { LastMessageAt: not null } after)
            return;
        if (before.LastMessageAt is null)
            events.Tell(tx, new ChatEvent(ChatEvent.ChatCreated, after, after.UserId));
        if (before.ArchivedAt is not null && after.ArchivedAt is null)
            events.Tell(tx, new ChatEvent(ChatEvent.ChatRestored, after, after.UserId));
    }

    /// <summary>
    /// What admins have put down: notes move along, tags are united, the rest stays as it is in the identified chat, if it is there.
    /// </summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="from">The anonymous chat.</param>
    /// <param name="into">The identified chat.</param>
    /// <param name="higher">So much higher are the seqs of what has moved.</param>
    /// <param name="unseen">Whether a message that no admin has seen has moved, which restores an archived chat.</param>
    private void MoveDesk(Transaction tx, Chat from, Chat into, long higher, bool unseen)
    {
        ConversationStore.Move(tx, from, into, higher);
        var notes = NoteStore.All(tx.Connection, from.Id).Select(note => note with { AfterSeq = note.AfterSeq + higher }).ToList();
        NoteStore.Move(tx, from, into, higher);
        var archived = into.ArchivedAt is not null && !unseen;
        if (archived)
            ConversationStore.Archive(tx, into);
        var after = into with
        {
            Tags = Tags.Write([.. Tags.Read(into.Tags).Union(Tags.Read(from.Tags)).Take(Tags.AtMost)]),
            AssigneeId = into.AssigneeId ?? from.AssigneeId,
            SnoozedUntil = into.SnoozedUntil ?? (archived ? null : from.SnoozedUntil),
            LastEditedSeq = from.LastEditedSeq > 0 ? from.LastEditedSeq + higher : into.LastEditedSeq,
        };
        if (into.Rating is null)
            after = after with { Rating = from.Rating, RatingComment = from.RatingComment, RatedAt = from.RatedAt };
        DeskStore.SetTags(tx, after);
        DeskStore.SetAssignee(tx, after);
        DeskStore.SetSnooze(tx, after);
        DeskStore.SetRating(tx, after);
        DeskStore.SetLastEdited(tx, after);
        tx.AfterCommit(() =>
        {
            foreach (var note in notes)
                hub.Publish(Presence.AdminTopic, ChatFrames.Note(into.Id, note));
        });
    }

    private SupportMessage Move(Transaction tx, SupportMessage message, Chat from, Chat into)
    {
        var byUser = message.SenderType == Sender.UserType;
        var sender = byUser
            ? Sender.User(into.UserId)
            : Sender.Admin(MergeStore.SenderIdOf(tx.Connection, from, message.Seq), message.SenderName);
        var moved = message with
        {
            Seq = into.LastSeq + 1,
            // An unseen message must be later than the last view, or it would not count as unread.
            CreatedAt = UtcText.After(
                UtcText.Parse(message.CreatedAt), into.LastMessageAt, byUser && message.ReadAt is null ? into.AdminViewedAt : null),
            ClientId = message.ClientId is { } clientId && MessageStore.FindSent(tx.Connection, addresses, into, sender, clientId) is null
                ? clientId
                : null,
        };
        if (moved.ReadAt is { } readAt)
            moved = moved with { ReadAt = UtcText.Latest(readAt, moved.CreatedAt) };
        MergeStore.Move(tx, from, message.Seq, into, moved, sender.Id);
        return moved;
    }

    /// <summary>Starts a session for the key of an e-mail's link; an unknown or expired key is unauthorized.</summary>
    public Task<Outcome<OpenedChat>> OpenByKeyAsync(string key) => database.WriteAsync<Outcome<OpenedChat>>(tx =>
    {
        var userId = ChatKeyStore.UserOf(tx, key);
        return userId is null ? ApiError.Unauthorized : Open(tx, userId, Sessions.StartForUser(tx, userId));
    });

    private OpenedChat? Find(DbConnection connection, string userId) =>
        ChatStore.FindOfUser(connection, userId) is { } chat
            ? new OpenedChat(chat, MessageStore.Before(connection, addresses, chat), null)
            : null;

    private OpenedChat Open(Transaction tx, string userId, string? token)
    {
        var chat = ChatCommands.Open(tx, userId);
        return new OpenedChat(chat, MessageStore.Before(tx.Connection, addresses, chat), token);
    }
}

/// <summary>A user's chat and, for a new session, its token.</summary>
internal sealed record OpenedChat(Chat Chat, IReadOnlyList<SupportMessage> Messages, string? Token);
