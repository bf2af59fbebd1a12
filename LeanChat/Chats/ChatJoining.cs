using System.Data.Common;
using Dapper;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Who a chat belongs to: opened, named, joined with the chat of a signed identity, entered by a letter's key.</summary>
internal sealed class ChatJoining(Database database, Hub hub, ChatCommands commands, Sessions sessions)
{
    /// <summary>The caller's chat; somebody unknown becomes a new user with a new session.</summary>
    public async Task<Entered> EnterAsync(Session? session, string? userAgent)
    {
        if (session?.UserId is { } known && await database.ReadAsync(connection => Look(connection, known)) is { } present)
        {
            await sessions.ProlongAsync(session);
            return present;
        }

        return await database.WriteAsync(tx =>
        {
            if (session?.UserId is { } user && Users.Find(tx.Connection, user) is not null)
                return Enter(tx, user, null);
            var userId = Users.Create(tx, userAgent);
            return Enter(tx, userId, Sessions.StartForUser(tx, userId));
        });
    }

    /// <summary>What the user typed about themself: it joins nothing and opens nothing.</summary>
    public Task<Entered> DescribeAsync(Session session, string? email, string? name) => database.WriteAsync(tx =>
    {
        Users.Describe(tx, session.UserId!, email, name);
        var entered = Enter(tx, session.UserId!, null);
        tx.AfterCommit(() => commands.Announce(entered.Chat));
        return entered;
    });

    /// <summary>
    /// A signed identity. Its user is the same on every device; an anonymous chat joins it, because the caller holds both. The
    /// session is a new one wherever it comes to mean more than before.
    /// </summary>
    public Task<Entered> IdentifyAsync(Session? session, Identity identity, string? userAgent) => database.WriteAsync(tx =>
    {
        var caller = session?.UserId is { } id ? Users.Find(tx.Connection, id) : null;
        var known = Users.FindSubject(tx.Connection, identity.Subject);
        if (known is not null && known.Id == caller?.Id)
            return Name(tx, known.Id, identity, null);

        var anonymous = caller is { Subject: null } ? caller : null;
        var userId = known?.Id ?? anonymous?.Id ?? Users.Create(tx, userAgent);
        if (known is not null && anonymous is not null)
            Join(tx, anonymous, known);
        else if (session is not null && caller is not null)
            sessions.End(tx, session);
        return Name(tx, userId, identity, Sessions.StartForUser(tx, userId));
    });

    private Entered Name(Transaction tx, string userId, Identity identity, string? token)
    {
        Users.Vouch(tx, userId, identity);
        var entered = Enter(tx, userId, token);
        tx.AfterCommit(() => commands.Announce(entered.Chat));
        return entered;
    }

    /// <summary>The anonymous chat's messages move over in order; the anonymous user is no more.</summary>
    private void Join(Transaction tx, User anonymous, User known)
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
                commands.Forget(from.Id);
            });
        }

        sessions.EndAll(tx, anonymous.Id);
        tx.Connection.Execute("delete from users where id = @id", new { id = anonymous.Id });
    }

    private static SupportMessage Move(Transaction tx, SupportMessage message, Chat from, Chat into)
    {
        var byUser = message.SenderType == Sender.UserType;
        var sender = byUser ? Sender.User(into.UserId) : Sender.Admin(tx.Connection.QueryFirst<string>("select sender_id from support_messages where chat = @chat and seq = @seq", new { chat = from.Row, seq = message.Seq }), message.SenderName);
        var there = message with
        {
            Seq = into.LastSeq + 1,
            // What nobody has seen must also come after the last view, or it would not count as unread.
            CreatedAt = UtcText.After(UtcText.Parse(message.CreatedAt), into.LastMessageAt, byUser && message.ReadAt is null ? into.AdminViewedAt : null),
            ClientId = message.ClientId is { } clientId && ChatStore.FindSent(tx.Connection, into, sender, clientId) is null ? clientId : null,
        };
        if (there.ReadAt is { } readAt)
            there = there with { ReadAt = UtcText.Latest(readAt, there.CreatedAt) };
        tx.Connection.Execute(
            """
            update support_messages set chat = @chat, seq = @seq, created_at = @createdAt, read_at = @readAt, client_id = @clientId, sender_id = @senderId
            where chat = @from and seq = @was
            """,
            new { chat = into.Row, seq = there.Seq, createdAt = there.CreatedAt, readAt = there.ReadAt, clientId = there.ClientId, senderId = sender.Id, from = from.Row, was = message.Seq });
        return there;
    }

    /// <summary>
    /// What the chat's row says after others' messages have moved in. Viewed reaches up to the newest that was read with nothing
    /// unseen before it; what is unseen brings an archived chat back.
    /// </summary>
    private static void Recount(Transaction tx, Chat into, List<SupportMessage> moved)
    {
        var (newest, unseen) = (moved[^1], moved.Any(message => message is { SenderType: Sender.UserType, ReadAt: null }));
        tx.Connection.Execute(
            """
            update support_chats set last_seq = @seq, message_count = message_count + @count, last_message_at = @at, last_message_preview = @preview,
              last_message_sender = @sender, last_message_name = @name, archived_at = case when @unseen then null else archived_at end,
              last_user_seq = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'user'), 0),
              last_admin_seq = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'admin'), 0),
              user_read_up_to = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'admin' and seq < coalesce(
                (select min(seq) from support_messages where chat = @row and sender_type = 'admin' and read_at is null), @seq + 1)), 0),
              user_read_at = (select max(read_at) from support_messages where chat = @row and sender_type = 'admin'),
              admin_read_up_to = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'user' and seq < coalesce(
                (select min(seq) from support_messages where chat = @row and sender_type = 'user' and read_at is null), @seq + 1)), 0),
              admin_viewed_at = (
                select max(at) from (
                  select admin_viewed_at as at union all
                  select created_at from support_messages where chat = @row and sender_type = 'user' and read_at is not null and created_at < coalesce(
                    (select min(created_at) from support_messages where chat = @row and sender_type = 'user' and read_at is null), '~')))
            where row = @row
            """,
            new { seq = newest.Seq, count = moved.Count, at = newest.CreatedAt, preview = Excerpt.Of(newest.Content, Content.PreviewLength), sender = newest.SenderType, name = newest.SenderName, unseen, row = into.Row });
        tx.Connection.Execute(
            """
            update support_chats set (unread_count, unread) = (
              select count(*), count(*) > 0 from support_messages where chat = @row and sender_type = 'user' and created_at > coalesce(admin_viewed_at, ''))
            where row = @row
            """,
            new { row = into.Row });
    }

    /// <summary>Exchanges a letter's key for a session; a wrong or old one is refused.</summary>
    public Task<Outcome<Entered>> OpenByKeyAsync(string key) => database.WriteAsync<Outcome<Entered>>(tx =>
    {
        var userId = ChatLinkKeys.UserOf(tx, key);
        return userId is null ? ApiError.Unauthorized : Enter(tx, userId, Sessions.StartForUser(tx, userId));
    });

    private static Entered? Look(DbConnection connection, string userId) =>
        ChatStore.FindOfUser(connection, userId) is { } chat ? new Entered(chat, ChatStore.Before(connection, chat), null) : null;

    private static Entered Enter(Transaction tx, string userId, string? token)
    {
        var chat = ChatCommands.Open(tx, userId);
        return new Entered(chat, ChatStore.Before(tx.Connection, chat), token);
    }
}

/// <summary>A user's chat and, if there is a new session, its token.</summary>
internal sealed record Entered(Chat Chat, IReadOnlyList<SupportMessage> Messages, string? Token);
