using System.Runtime.ExceptionServices;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>One socket of /ws/chat: authenticates its client, subscribes it to its chat and runs the actions it sends.</summary>
internal sealed class ChatConnection(
    Mailbox mailbox, long? after, Hub hub, Sessions sessions, Database database, ChatCommands commands, UserCommands userCommands,
    PendingSends sends, Presence presence, CurrentSettings settings, TimeProvider clock)
{
    private const int MaxMalformed = 3;

    private static readonly TimeSpan TypingInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _subscribing = new();
    private long? _after = after;
    private string? _expectedChat;
    private Sender? _sender;
    private Chat? _chat;
    private (string UserId, string ChatId)? _online;
    private string? _pageUrl;
    private long _start;
    private int _malformed;
    private long? _typedAt;

    /// <summary>Sets the sender and joins the chat: at the handshake, or after authentication.</summary>
    public void JoinAs(Sender sender, Chat chat)
    {
        (_sender, _chat, _pageUrl) = (sender, chat, chat.PageUrl);
        _online = sender.IsUser ? (sender.Id, chat.Id) : null;
        _start = Math.Min(_after ?? chat.LastSeq, chat.LastSeq);
        mailbox.Post(JoinAsync(chat));
    }

    /// <summary>Refuses any other chat when the client authenticates; null accepts every chat.</summary>
    public void ExpectChat(string? chatId) => _expectedChat = chatId;

    public async Task RunAsync(WebSocketLoop socket)
    {
        using var deadline = _sender is not null
            ? null
            : clock.CreateTimer(_ => EndUnlessAuthenticated(), null, settings.Value.Limits.AuthTime, Timeout.InfiniteTimeSpan);
        try
        {
            await socket.RunAsync(ReceiveAsync, ReadAfterAsync);
        }
        finally
        {
            Unsubscribe();
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

    private void Unsubscribe()
    {
        lock (_subscribing)
        {
            if (_chat is { } chat)
                hub.Unsubscribe(chat.Topic, mailbox);
            _chat = null;
        }
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
                Unsubscribe();
                _after = frame.After;
                JoinAs(_sender, chat);
            }
        }
        else
        {
            Unsubscribe();
            Leave();
            _sender = null;
            await AuthenticateAsync(frame);
        }
    }

    /// <summary>
    /// `ready`, the missed messages, how far each side has read; then live messages. It subscribes first: live messages wait in the
    /// mailbox behind these, and the socket drops those it has already sent. Nothing stored after the chat was looked up is missing,
    /// even what this socket sends before it receives `ready`.
    /// </summary>
    private async IAsyncEnumerable<Frame> JoinAsync(Chat chat)
    {
        lock (_subscribing)
        {
            if (_chat != chat)
                yield break;
            hub.Subscribe(chat.Topic, mailbox);
        }

        var start = _start;
        yield return ChatFrames.Ready(chat.Id, chat.LastSeq, presence.AdminOnline, settings.Value.Limits, start);
        await foreach (var frame in MissedFrames.AfterAsync(database, chat, start))
            yield return frame;
    }

    /// <summary>The chat's messages after a seq, oldest first: fills the gap when a frame's number is not the next one.</summary>
    private async IAsyncEnumerable<Frame> ReadAfterAsync(long after)
    {
        while (_chat is { } chat)
        {
            var from = after;
            var missed = await database.ReadAsync(connection => ChatStore.After(connection, chat, from, ChatStore.LongestPage));
            foreach (var message in missed)
                yield return ChatFrames.NewMessage(message);
            if (missed.Count < ChatStore.LongestPage)
                yield break;
            after = missed[^1].Seq;
        }
    }

    private ValueTask Send(ClientFrame frame)
    {
        sends.Send(_sender!, _chat!, frame);
        return default;
    }

    private async ValueTask MarkReadAsync()
    {
        if (_sender!.IsUser)
            await commands.MarkReadByUserAsync(_sender.Id);
        else
            await commands.ViewAsync(_chat!.Id);
    }

    private ValueTask Typing()
    {
        if (_typedAt is null || clock.GetElapsedTime(_typedAt.Value) >= TypingInterval)
        {
            _typedAt = clock.GetTimestamp();
            var frame = ChatFrames.Typing(_sender!, _chat!.Id);
            hub.Publish(_chat.Topic, frame, except: mailbox);
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
