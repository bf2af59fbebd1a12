using System.Runtime.ExceptionServices;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>One socket of /ws/chat: authenticates its client, subscribes it to its chat and runs the actions it sends.</summary>
internal sealed class ChatConnection(
    Mailbox mailbox, long? after, ChatSubscription subscription, PendingSends sends, Hub hub, Sessions sessions, Database database,
    ChatCommands commands, ReadMarks readMarks, UserCommands userCommands, Presence presence, AdminActivity activity,
    CurrentSettings settings, TimeProvider clock)
{
    private const int MaxMalformed = 3;

    private static readonly TimeSpan TypingInterval = TimeSpan.FromSeconds(2);

    private long? _after = after;
    private string? _expectedChat;
    private Sender? _sender;
    private (string UserId, string ChatId)? _online;
    private string? _pageUrl;
    private int _malformed;
    private long? _typedAt;

    /// <summary>Sets the sender and joins the chat: at the handshake, or after authentication.</summary>
    public void JoinAs(Sender sender, Chat chat)
    {
        (_sender, _pageUrl) = (sender, chat.PageUrl);
        _online = sender.IsUser ? (sender.Id, chat.Id) : null;
        subscription.Join(chat, _after);
    }

    /// <summary>Refuses any other chat when the client authenticates; null accepts every chat.</summary>
    public void ExpectChat(string? chatId) => _expectedChat = chatId;

    /// <summary>Runs the socket until it ends.</summary>
    public async Task RunAsync(WebSocketLoop socket)
    {
        using var deadline = _sender is not null
            ? null
            : clock.CreateTimer(_ => EndUnlessAuthenticated(), null, settings.Value.Limits.AuthTime, Timeout.InfiniteTimeSpan);
        try
        {
            await socket.RunAsync(ReceiveAsync, subscription.ReadAfterAsync);
        }
        finally
        {
            subscription.Leave();
        }

        if (sends.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Reports that the user has one socket less, if this one was counted.</summary>
    public void Leave()
    {
        if (_online is not (var userId, var chatId))
            return;
        _online = null;
        presence.RemoveUser(userId, chatId, _pageUrl);
    }

    private void EndUnlessAuthenticated()
    {
        if (_sender is not null)
            return;
        mailbox.Post(SocketFrames.Error(ApiError.Unauthorized));
        mailbox.End(CloseReason.NoAuth);
    }

    private async ValueTask ReceiveAsync(ReadOnlyMemory<byte> message)
    {
        if (ClientFrame.Read(message) is not { } frame)
        {
            mailbox.Post(SocketFrames.Error(ApiError.BadRequest("")));
            if (++_malformed >= MaxMalformed)
                mailbox.End(CloseReason.Malformed);
            return;
        }

        try
        {
            // Answers keep the order of the frames: any other action waits for the messages before it.
            if (frame.Action != "send_message" || sends.IsFull)
                await sends.WaitAsync();
            await ActAsync(frame);
        }
        catch (StorageException e)
        {
            mailbox.Post(SocketFrames.Error(ApiError.Of(e), frame.SafeClientId()));
        }
    }

    private ValueTask ActAsync(ClientFrame frame) => (frame.Action, _sender) switch
    {
        ("ping", _) => Reply(SocketFrames.Pong),
        ("auth", null) => AuthenticateAsync(frame),
        (_, null) => Reject(ApiError.Unauthorized, CloseReason.SessionEnded),
        ("auth", { IsUser: true }) => AuthenticateAgainAsync(frame),
        ("auth", _) => default,
        ("send_message", _) => Send(frame),
        ("mark_read", _) => MarkReadAsync(),
        ("typing", _) => Typing(),
        ("page", { IsUser: true }) => PageAsync(frame),
        _ => Reply(SocketFrames.Error(ApiError.UnknownAction)),
    };

    private async ValueTask AuthenticateAsync(ClientFrame frame)
    {
        var token = frame.Token ?? "";
        mailbox.SetKey(Sessions.KeyOf(token));
        if (sessions.Find(token) is not { UserId: { } userId })
        {
            await Reject(ApiError.Unauthorized, CloseReason.SessionEnded);
            return;
        }

        var chat = await commands.OpenAsync(userId);
        if (chat.UserBlockedAt is not null || (_expectedChat is not null && _expectedChat != chat.Id))
            await Reject(ApiError.Forbidden, CloseReason.Forbidden);
        else if (frame.After < 0)
            await Reply(SocketFrames.Error(ApiError.BadRequest("")));
        else if (!presence.TryAddUser(userId, chat.Id, chat.PageUrl, settings.Value.Limits.SocketsPerUser))
            await Reject(ApiError.TooManyRequests(TimeSpan.FromSeconds(30)), CloseReason.TooManySockets);
        else
        {
            _after = frame.After ?? _after;
            JoinAs(Sender.User(userId), chat);
        }
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
        else if (sessions.Find(frame.Token ?? "") is { UserId: { } userId } session && userId == _sender!.Id)
        {
            mailbox.SetKey(session.Key);
            if (frame.After is not null && await database.ReadAsync(connection => ChatStore.FindOfUser(connection, userId)) is { } chat)
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
            await readMarks.MarkReadByUserAsync(_sender.Id);
        else
        {
            await readMarks.MarkReadByAdminsAsync(subscription.Chat!.Id);
            if (!_sender.IsProgram)
                activity.Use(_sender.Id);
        }
    }

    private ValueTask Typing()
    {
        if (_typedAt is null || clock.GetElapsedTime(_typedAt.Value) >= TypingInterval)
        {
            _typedAt = clock.GetTimestamp();
            var chat = subscription.Chat!;
            var frame = ChatFrames.Typing(_sender!, chat.Id);
            hub.Publish(chat.Topic, frame, except: mailbox);
            if (_sender!.IsUser)
                hub.Publish(Presence.AdminTopic, frame);
        }

        return default;
    }

    private async ValueTask PageAsync(ClientFrame frame)
    {
        _pageUrl = frame.Url;
        await userCommands.SetPageAsync(_sender!.Id, frame);
    }

    private ValueTask Reply(Frame frame)
    {
        mailbox.Post(frame);
        return default;
    }

    private ValueTask Reject(ApiError error, CloseReason reason)
    {
        mailbox.Post(SocketFrames.Error(error));
        mailbox.End(reason with { Drops = false });
        return default;
    }
}
