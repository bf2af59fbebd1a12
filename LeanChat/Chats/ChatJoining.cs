using System.Data.Common;
using Dapper;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Opens chats and connects them with users: new ones, typed and signed identities, the link in an e-mail.</summary>
internal sealed class ChatJoining(Database database, Hub hub, ChatCommands commands, Sessions sessions)
{
    /// <summary>The caller's chat; a caller without a session becomes a new user with a new session.</summary>
    public async Task<OpenedChat> OpenAsync(Session? session, string? userAgent)
    {
        if (session?.UserId is { } known && await database.ReadAsync(connection => Find(connection, known)) is { } present)
        {
            await sessions.ProlongAsync(session);
            return present;
        }

        return await database.WriteAsync(tx =>
        {
            if (session?.UserId is { } user && Users.Find(tx.Connection, user) is not null)
                return Open(tx, user, null);
            var userId = Users.Create(tx, userAgent);
            return Open(tx, userId, Sessions.StartForUser(tx, userId));
        });
    }

    /// <summary>Stores the name and e-mail that the user typed; this merges no chats and gives no access.</summary>
    public Task<OpenedChat> DescribeAsync(Session session, string? email, string? name) => database.WriteAsync(tx =>
    {
        Users.Describe(tx, session.UserId!, email, name);
        var opened = Open(tx, session.UserId!, null);
        tx.AfterCommit(() => commands.Announce(opened.Chat));
        return opened;
    });

    /// <summary>
    /// Signs the caller in by a signed identity. Its user is the same on every device. The caller's anonymous chat is merged into that
    /// user's chat, because the caller owns both. The session is a new one unless it was already this user's.
    /// </summary>
    public Task<OpenedChat> IdentifyAsync(Session? session, Identity identity, string? userAgent) => database.WriteAsync(tx =>
    {
        var caller = session?.UserId is { } id ? Users.Find(tx.Connection, id) : null;
        var known = Users.FindSubject(tx.Connection, identity.Subject);
        if (known is not null && known.Id == caller?.Id)
            return SetIdentity(tx, known.Id, identity, null);

        var anonymous = caller is { Subject: null } ? caller : null;
        var userId = known?.Id ?? anonymous?.Id ?? Users.Create(tx, userAgent);
        if (known is not null && anonymous is not null)
            Merge(tx, anonymous, known);
        else if (session is not null && caller is not null)
            sessions.End(tx, session);
        return SetIdentity(tx, userId, identity, Sessions.StartForUser(tx, userId));
    });

    private OpenedChat SetIdentity(Transaction tx, string userId, Identity identity, string? token)
    {
        Users.SetIdentity(tx, userId, identity);
        var opened = Open(tx, userId, token);
        tx.AfterCommit(() => commands.Announce(opened.Chat));
        return opened;
    }

    /// <summary>Moves the anonymous chat's messages over in order, and deletes the anonymous user.</summary>
    private void Merge(Transaction tx, User anonymous, User known)
    {
        var into = ChatCommands.Open(tx, known.Id);
        if (ChatStore.FindOfUser(tx.Connection, anonymous.Id) is { } from)
        {
            var moved = new List<SupportMessage>();
            foreach (var message in ChatStore.After(tx.Connection, from, 0, int.MaxValue))
            {
                moved.Add(Move(tx, message, from, into));
                into = into with { LastSeq = moved[^1].Seq, LastMessageAt = moved[^1].CreatedAt };
            }

            if (moved.Count > 0)
                Recount(tx, into, moved);
            tx.Connection.Execute("delete from support_chats where id = @id", new { id = from.Id });
            tx.AfterCommit(() =>
            {
                foreach (var message in moved)
                    hub.Publish(into.Topic, ChatFrames.NewMessage(message));
                commands.AnnounceDeleted(from.Id);
            });
        }

        sessions.EndAll(tx, anonymous.Id);
        tx.Connection.Execute("delete from users where id = @id", new { id = anonymous.Id });
    }

    private static SupportMessage Move(Transaction tx, SupportMessage message, Chat from, Chat into)
    {
        var byUser = message.SenderType == Sender.UserType;
        var sender = byUser
            ? Sender.User(into.UserId)
            : Sender.Admin(
                tx.Connection.QueryFirst<string>(
                    "select sender_id from support_messages where chat = @chat and seq = @seq", new { chat = from.Row, seq = message.Seq }),
                message.SenderName);
        var moved = message with
        {
            Seq = into.LastSeq + 1,
            // An unseen message must be later than the last view, or it would not count as unread.
            CreatedAt = UtcText.After(
                UtcText.Parse(message.CreatedAt), into.LastMessageAt, byUser && message.ReadAt is null ? into.AdminViewedAt : null),
            ClientId = message.ClientId is { } clientId && ChatStore.FindSent(tx.Connection, into, sender, clientId) is null
                ? clientId
                : null,
        };
        if (moved.ReadAt is { } readAt)
            moved = moved with { ReadAt = UtcText.Latest(readAt, moved.CreatedAt) };
        tx.Connection.Execute(
            """
            update support_messages set chat = @chat, seq = @seq, created_at = @createdAt, read_at = @readAt, client_id = @clientId,
              sender_id = @senderId
            where chat = @from and seq = @was
            """,
            new
            {
                chat = into.Row,
                seq = moved.Seq,
                createdAt = moved.CreatedAt,
                readAt = moved.ReadAt,
                clientId = moved.ClientId,
                senderId = sender.Id,
                from = from.Row,
                was = message.Seq,
            });
        return moved;
    }

    /// <summary>
    /// Updates the chat's row after messages have moved in. The admins' view reaches up to the newest read message that has no unread one
    /// before it; an unread message of the user unarchives the chat.
    /// </summary>
    private static void Recount(Transaction tx, Chat into, List<SupportMessage> moved)
    {
        var (newest, unseen) = (moved[^1], moved.Any(message => message is { SenderType: Sender.UserType, ReadAt: null }));
        tx.Connection.Execute(
            """
            update support_chats set last_seq = @seq, message_count = message_count + @count, last_message_at = @at,
              last_message_preview = @preview, last_message_sender = @sender, last_message_name = @name,
              archived_at = case when @unseen then null else archived_at end,
              last_user_seq = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'user'), 0),
              last_admin_seq = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'admin'), 0),
              user_read_up_to = coalesce((select max(seq) from support_messages where chat = @row
                and sender_type = 'admin' and seq < coalesce(
                (select min(seq) from support_messages where chat = @row and sender_type = 'admin' and read_at is null), @seq + 1)), 0),
              user_read_at = (select max(read_at) from support_messages where chat = @row and sender_type = 'admin'),
              admin_read_up_to = coalesce((select max(seq) from support_messages where chat = @row
                and sender_type = 'user' and seq < coalesce(
                (select min(seq) from support_messages where chat = @row and sender_type = 'user' and read_at is null), @seq + 1)), 0),
              admin_viewed_at = (
                select max(at) from (
                  select admin_viewed_at as at union all
                  select created_at from support_messages
                  where chat = @row and sender_type = 'user' and read_at is not null and created_at < coalesce(
                    (select min(created_at) from support_messages where chat = @row and sender_type = 'user' and read_at is null), '~')))
            where row = @row
            """,
            new
            {
                seq = newest.Seq,
                count = moved.Count,
                at = newest.CreatedAt,
                preview = Excerpt.Of(newest.Content, Content.PreviewLength),
                sender = newest.SenderType,
                name = newest.SenderName,
                unseen,
                row = into.Row,
            });
        tx.Connection.Execute(
            """
            update support_chats set (unread_count, unread) = (
              select count(*), count(*) > 0 from support_messages
              where chat = @row and sender_type = 'user' and created_at > coalesce(admin_viewed_at, ''))
            where row = @row
            """,
            new { row = into.Row });
    }

    /// <summary>Starts a session for the key of an e-mail's link; an unknown or expired key is unauthorized.</summary>
    public Task<Outcome<OpenedChat>> OpenByKeyAsync(string key) => database.WriteAsync<Outcome<OpenedChat>>(tx =>
    {
        var userId = ChatLinkKeys.UserOf(tx, key);
        return userId is null ? ApiError.Unauthorized : Open(tx, userId, Sessions.StartForUser(tx, userId));
    });

    private static OpenedChat? Find(DbConnection connection, string userId) =>
        ChatStore.FindOfUser(connection, userId) is { } chat ? new OpenedChat(chat, ChatStore.Before(connection, chat), null) : null;

    private static OpenedChat Open(Transaction tx, string userId, string? token)
    {
        var chat = ChatCommands.Open(tx, userId);
        return new OpenedChat(chat, ChatStore.Before(tx.Connection, chat), token);
    }
}

/// <summary>A user's chat and, for a new session, its token.</summary>
internal sealed record OpenedChat(Chat Chat, IReadOnlyList<SupportMessage> Messages, string? Token);
