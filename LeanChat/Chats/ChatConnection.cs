using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>One connection of a chat: lets its client in, subscribes it to its chat and runs the actions it sends.</summary>
internal sealed class ChatConnection(
    ChatConnections with, Mailbox mailbox, string? chatId, long? after, ChatSubscription subscription, PendingSends sends,
    SharedPresence? shared) : ClientConnection(mailbox)
{
    private static readonly TimeSpan TypingInterval = TimeSpan.FromSeconds(2);

    private long? _after = after;
    private Sender? _sender;
    private (string UserId, string ChatId)? _online;
    private Admin? _viewer;
    private string? _pageUrl;
    private long? _typedAt;
    private ITimer? _deadline;

    public override Func<long, IAsyncEnumerable<Frame>>? ReadAfter => subscription.ReadAfterAsync;

    protected override Exception? Failure => sends.Failure;

    /// <summary>
    /// Joins the chat of a user's session; an error if it may not. The mailbox gets the session's key, then the session is looked at
    /// again: if it ends from here on, its end closes the connection.
    /// </summary>
    public ValueTask<ApiError?> JoinAsync(Session session)
    {
        Mailbox.SetKey(session.Key);
        return JoinAsync(with.Sessions.IsOpen(session) ? session : null, null);
    }

    /// <summary>The same by the token of a session.</summary>
    public ValueTask<ApiError?> JoinAsync(string token, long? resumeAfter)
    {
        Mailbox.SetKey(Sessions.KeyOf(token));
        return JoinAsync(with.Sessions.Find(token), resumeAfter);
    }

    /// <summary>Joins its chat as an admin, or as a program with an API token; an error if it may not.</summary>
    public async ValueTask<ApiError?> JoinAsAdminAsync(Session session)
    {
        Mailbox.SetKey(session.Key);
        if (!with.Sessions.IsOpen(session) || session.UserId is not null)
            return ApiError.Forbidden;
        if (chatId is null)
            return ApiError.BadRequest("`chat_id` is missing: it says which chat to join.");
        var (chat, admin) = await with.Database.ReadAsync(connection => (
            ChatStore.Find(connection, chatId), session.AdminId is { } adminId ? AdminStore.Find(connection, adminId) : null));
        if (chat is not null && session.ApiToken is { } token)
        {
            // A program looks at nothing.
            JoinAs(Sender.Program(token), chat);
            return null;
        }

        if (chat is null || admin is null)
            return ApiError.NotFound;
        _viewer = admin;
        with.Viewers.Add(chat.Id, admin);
        JoinAs(Sender.Admin(admin.Id, admin.Name), chat);
        return null;
    }

    public override void Leave()
    {
        if (_online is var (userId, onlineChat))
        {
            _online = null;
            if (shared is not null)
                shared.RemoveUser(userId, onlineChat, _pageUrl);
            else
                with.Presence.RemoveUser(userId, onlineChat, _pageUrl);
        }

        if (_viewer is { } admin)
            with.Viewers.Remove(chatId!, admin);
        _viewer = null;
    }

    protected override void Begin()
    {
        if (_sender is null && Mailbox.CloseReason is null)
            _deadline = with.Clock.CreateTimer(
                _ => EndUnlessAuthenticated(), null, with.Settings.Value.Limits.AuthTime, Timeout.InfiniteTimeSpan);
    }

    protected override void End()
    {
        _deadline?.Dispose();
        subscription.Leave();
    }

    protected override async ValueTask ActAsync(ClientFrame frame)
    {
        try
        {
            // Answers keep the order of the frames: any other action waits for the messages before it.
            if (frame.Action != "send_message" || sends.IsFull)
                await sends.WaitAsync();
            await ChooseAsync(frame);
        }
        catch (StorageException e)
        {
            frame.Refuse(Mailbox, ApiError.Of(e));
        }
    }

    private ValueTask ChooseAsync(ClientFrame frame) => (frame.Action, _sender) switch
    {
        ("ping", _) => Reply(SocketFrames.Pong),
        ("auth", null) => AuthenticateAsync(frame),
        (_, null) => Reject(ApiError.Unauthorized, CloseReason.SessionEnded),
        ("auth", { IsUser: true }) => AuthenticateAgainAsync(frame),
        ("auth", _) => default,
        // It has left its chat and is about to end.
        _ when subscription.Chat is null => default,
        ("send_message", _) => Send(frame),
        ("mark_read", _) => MarkReadAsync(),
        ("typing", _) => Typing(),
        ("page", { IsUser: true }) => PageAsync(frame),
        _ => Reply(SocketFrames.Error(ApiError.UnknownAction)),
    };

    private async ValueTask<ApiError?> JoinAsync(Session? session, long? resumeAfter)
    {
        if (session?.UserId is not { } userId)
            return ApiError.Unauthorized;
        var chat = await with.Commands.OpenAsync(userId);
        if (chat.UserBlockedAt is not null || (chatId is not null && chatId != chat.Id))
            return ApiError.Forbidden;
        if (resumeAfter < 0)
            return ApiError.BadRequest("`after` must be a seq, which is a whole number, 0 or more.");
        var limit = with.Settings.Value.Limits.SocketsPerUser;
        if (!(shared?.TryAddUser(userId, chat.Id, chat.PageUrl, limit)
            ?? with.Presence.TryAddUser(userId, chat.Id, chat.PageUrl, limit)))
            return ApiError.TooManyRequests(TimeSpan.FromSeconds(30));
        _after = resumeAfter ?? _after;
        _online = (userId, chat.Id);
        JoinAs(Sender.User(userId), chat);
        return null;
    }

    private void JoinAs(Sender sender, Chat chat)
    {
        (_sender, _pageUrl) = (sender, chat.PageUrl);
        subscription.Join(chat, _after);
    }

    private void EndUnlessAuthenticated()
    {
        if (_sender is null)
            Refuse(ApiError.Unauthorized, CloseReason.NoAuth);
    }

    private async ValueTask AuthenticateAsync(ClientFrame frame)
    {
        var error = await JoinAsync(frame.Token ?? "", frame.After);
        if (error is { Status: StatusCodes.Status400BadRequest })
            Mailbox.Post(SocketFrames.Error(error));
        else if (error is not null)
            Refuse(error);
    }

    /// <summary>
    /// On our own pages the handshake already authenticates by cookie. The widget's token in an `auth` frame wins: it may belong to
    /// another user, and the frame says after which seq to resume.
    /// </summary>
    private async ValueTask AuthenticateAgainAsync(ClientFrame frame)
    {
        if (frame.After < 0)
        {
            await Reply(SocketFrames.Error(ApiError.BadRequest("")));
        }
        else if (with.Sessions.Find(frame.Token ?? "") is { UserId: { } userId } session && userId == _sender!.Id)
        {
            Mailbox.SetKey(session.Key);
            if (frame.After is not null
                && await with.Database.ReadAsync(connection => ChatStore.FindOfUser(connection, userId)) is { } chat)
            {
                subscription.Leave();
                _after = frame.After;
                JoinAs(_sender, chat);
            }
        }
        else
        {
            subscription.Leave();
            Leave();
            _sender = null;
            await AuthenticateAsync(frame);
        }
    }

    private ValueTask Send(ClientFrame frame)
    {
        sends.Send(_sender!, subscription.Chat!, frame);
        return default;
    }

    private async ValueTask MarkReadAsync()
    {
        if (_sender!.IsUser)
            await with.ReadMarks.MarkReadByUserAsync(_sender.Id);
        else
        {
            await with.ReadMarks.MarkReadByAdminsAsync(subscription.Chat!.Id);
            if (!_sender.IsProgram)
                with.Activity.Use(_sender.Id);
        }
    }

    private ValueTask Typing()
    {
        if (_typedAt is null || with.Clock.GetElapsedTime(_typedAt.Value) >= TypingInterval)
        {
            _typedAt = with.Clock.GetTimestamp();
            var chat = subscription.Chat!;
            var frame = ChatFrames.Typing(_sender!, chat.Id);
            with.Hub.Publish(chat.Topic, frame, except: Mailbox);
            if (_sender!.IsUser)
                with.Hub.Publish(Presence.AdminTopic, frame);
        }

        return default;
    }

    private async ValueTask PageAsync(ClientFrame frame)
    {
        _pageUrl = frame.Url;
        await with.UserCommands.SetPageAsync(_sender!.Id, frame);
    }

    private ValueTask Reply(Frame frame)
    {
        Mailbox.Post(frame);
        return default;
    }

    private ValueTask Reject(ApiError error, CloseReason reason)
    {
        Refuse(error, reason);
        return default;
    }
}
