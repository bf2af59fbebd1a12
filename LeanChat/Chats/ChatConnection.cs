using System.Runtime.ExceptionServices;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>One socket of /ws/chat: what its client says, and what that comes to.</summary>
internal sealed class ChatConnection(
    Mailbox mailbox, long? after, Hub hub, Sessions sessions, Database database, ChatCommands commands, Presence presence, MessageRateLimit flood, CurrentSettings settings, TimeProvider clock)
{
    private const int MalformedAtMost = 3;

    /// <summary>Messages of one socket on their way to the disk at once: they share commits, and one client cannot fill the queue.</summary>
    private const int SendsAtOnce = 64;

    private static readonly TimeSpan TypingInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _joining = new();
    private long? _after = after;
    private string? _expectedChat;
    private Sender? _sender;
    private Chat? _chat;
    private (string UserId, string ChatId)? _seat;
    private string? _pageUrl;
    private long _start;
    private int _malformed;
    private long? _typed;
    private int _sending;
    private TaskCompletionSource? _sent;
    private Exception? _failure;

    /// <summary>Who speaks here, known from the handshake.</summary>
    public void JoinAs(Sender sender, Chat chat)
    {
        (_sender, _chat, _pageUrl) = (sender, chat, chat.PageUrl);
        _seat = sender.IsUser ? (sender.Id, chat.Id) : null;
        _start = Math.Min(_after ?? chat.LastSeq, chat.LastSeq);
        mailbox.Post(JoinAsync(chat));
    }

    /// <summary>Who speaks here is for the first frame to say.</summary>
    public void Expect(string? chatId) => _expectedChat = chatId;

    public async Task RunAsync(WebSocketLoop socket)
    {
        using var deadline = _sender is not null ? null : clock.CreateTimer(_ => HurryUp(), null, settings.Value.Limits.AuthTime, Timeout.InfiniteTimeSpan);
        try
        {
            await socket.RunAsync(HearAsync, ReadAfterAsync);
        }
        finally
        {
            StopListening();
        }

        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    /// <summary>Gives the user's seat back, if one was taken.</summary>
    public void Leave()
    {
        if (_seat is not (var userId, var chatId))
            return;
        _seat = null;
        presence.Leave(userId, chatId, _pageUrl);
    }

    private void StopListening()
    {
        lock (_joining)
        {
            if (_chat is { } chat)
                hub.Unsubscribe(chat.Topic, mailbox);
            _chat = null;
        }
    }

    private void HurryUp()
    {
        if (_sender is not null)
            return;
        mailbox.Post(SocketFrames.Error(ApiError.Unauthorized));
        mailbox.End(CloseReason.NoAuth);
    }

    private async ValueTask HearAsync(ReadOnlyMemory<byte> message)
    {
        if (ClientFrame.Read(message) is not { } frame)
        {
            mailbox.Post(SocketFrames.Error(ApiError.BadRequest("")));
            if (++_malformed >= MalformedAtMost)
                mailbox.End(CloseReason.Malformed);
            return;
        }

        try
        {
            // What is said after a message is answered after it.
            if (frame.Action != "send_message" || Volatile.Read(ref _sending) >= SendsAtOnce)
                await SentAsync();
            await ActAsync(frame);
        }
        catch (StorageException e)
        {
            mailbox.Post(SocketFrames.Error(RefusalOf(e), SafeClientId(frame)));
        }
    }

    private ValueTask ActAsync(ClientFrame frame) => (frame.Action, _sender) switch
    {
        ("ping", _) => Reply(SocketFrames.Pong),
        ("auth", null) => AuthenticateAsync(frame),
        (_, null) => Refuse(ApiError.Unauthorized, CloseReason.SessionEnded),
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
            await Refuse(ApiError.Unauthorized, CloseReason.SessionEnded);
            return;
        }

        var chat = await commands.OpenAsync(userId);
        if (chat.UserBlockedAt is not null || (_expectedChat is not null && _expectedChat != chat.Id))
            await Refuse(ApiError.Forbidden, CloseReason.Forbidden);
        else if (frame.After < 0)
            await Reply(SocketFrames.Error(ApiError.BadRequest("")));
        else if (!presence.TryEnter(userId, chat.Id, chat.PageUrl, settings.Value.Limits.SocketsPerUser))
            await Refuse(ApiError.TooManyRequests(TimeSpan.FromSeconds(30)), CloseReason.TooManySockets);
        else
        {
            _after = frame.After ?? _after;
            JoinAs(Sender.User(userId), chat);
        }
    }

    /// <summary>
    /// On our own pages the cookie has spoken before the widget's token could. The token wins: it may be somebody else's, and it
    /// says from where to resume.
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
                StopListening();
                _after = frame.After;
                JoinAs(_sender, chat);
            }
        }
        else
        {
            StopListening();
            Leave();
            _sender = null;
            await AuthenticateAsync(frame);
        }
    }

    /// <summary>
    /// `ready`, what was missed, how far each side has read, then live. Subscribed first: what is said meanwhile waits in the mailbox behind this, and the
    /// socket leaves out what it has had. Nothing said since the chat was looked up is missing, also what this socket says before
    /// it hears `ready`.
    /// </summary>
    private async IAsyncEnumerable<Frame> JoinAsync(Chat chat)
    {
        lock (_joining)
        {
            if (_chat != chat)
                yield break;
            hub.Subscribe(chat.Topic, mailbox);
        }

        var sent = _start;
        yield return ChatFrames.Ready(chat.Id, chat.LastSeq, presence.AdminOnline, settings.Value.Limits, sent);
        while (database.Read(connection => ChatStore.Find(connection, chat.Id)) is { } now)
        {
            if (now.LastSeq > sent)
            {
                var from = sent;
                var missed = await database.ReadAsync(connection => ChatStore.After(connection, chat, from, ChatStore.LongestPage));
                foreach (var message in missed)
                    yield return ChatFrames.NewMessage(message);
                if (missed.Count == 0)
                    break;
                sent = missed[^1].Seq;
                continue;
            }

            // Who has seen what may have been missed as well.
            if (now.UserReadUpTo > 0 && now.UserReadAt is { } userReadAt)
                yield return ChatFrames.Read(Sender.UserType, now.UserReadUpTo, userReadAt);
            if (now.AdminReadUpTo > 0 && now.AdminViewedAt is { } viewedAt)
                yield return ChatFrames.Read(Sender.AdminType, now.AdminReadUpTo, viewedAt);
            break;
        }
    }

    /// <summary>The chat's messages after a seq, oldest first: what a number beyond the next one leaves out.</summary>
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

    /// <summary>On its way to the disk; the socket reads on. The echo is the answer, or an error.</summary>
    private ValueTask Send(ClientFrame frame)
    {
        if (frame.ClientId is null && Blank.Is(frame.Content))
            return default;
        mailbox.KeepOpen();
        Interlocked.Increment(ref _sending);
        var sender = _sender!;
        commands.Post(sender, _chat!, frame.Content, frame.ClientId, (outcome, e) =>
        {
            Answer(sender, frame, outcome, e);
            if (Interlocked.Decrement(ref _sending) == 0)
                Interlocked.Exchange(ref _sent, null)?.TrySetResult();
            mailbox.Finish();
        });
        return default;
    }

    private void Answer(Sender sender, ClientFrame frame, Outcome<Posted> outcome, Exception? e)
    {
        if (e is StorageException trouble)
        {
            mailbox.Post(SocketFrames.Error(RefusalOf(trouble), SafeClientId(frame)));
        }
        else if (e is not null)
        {
            // Logged where it flies to at the end; the client hears that it was our fault.
            _failure = e;
            mailbox.End(CloseReason.ServerError);
        }
        else if (outcome.Is(out var posted, out var error))
        {
            // A fresh one is heard as everybody hears it. A retry is answered by itself, also where this socket has heard the message
            // before: its client may not have.
            if (!posted.Fresh)
                mailbox.Post(ChatFrames.NewMessage(posted.Message, numbered: false));
        }
        else
        {
            mailbox.Post(SocketFrames.Error(error, SafeClientId(frame)));
            if (error.Code == ApiError.TooManyRequests(default).Code && flood.IsFlooding(sender.Id))
                mailbox.End(CloseReason.TooManyMessages);
        }
    }

    /// <summary>Completes when every message said here so far is answered.</summary>
    private Task SentAsync()
    {
        if (Volatile.Read(ref _sending) == 0)
            return Task.CompletedTask;
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _sent, sent);
        // The last answer may have come in between, and found nobody to tell.
        if (Volatile.Read(ref _sending) == 0)
            sent.TrySetResult();
        return sent.Task;
    }

    private static ApiError RefusalOf(StorageException e) => e.Failure == StorageFailure.Full ? ApiError.StorageFull : ApiError.Overloaded;

    private async ValueTask MarkReadAsync()
    {
        if (_sender!.IsUser)
            await commands.MarkReadByUserAsync(_sender.Id);
        else
            await commands.ViewAsync(_chat!.Id);
    }

    private ValueTask Typing()
    {
        if (_typed is null || clock.GetElapsedTime(_typed.Value) >= TypingInterval)
        {
            _typed = clock.GetTimestamp();
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
        await commands.SeeAsync(_sender!.Id, frame);
    }

    private ValueTask Reply(Frame frame)
    {
        mailbox.Post(frame);
        return default;
    }

    private ValueTask Refuse(ApiError error, CloseReason reason)
    {
        mailbox.Post(SocketFrames.Error(error));
        mailbox.End(reason with { Drops = false });
        return default;
    }

    /// <summary>A client id is echoed only if it keeps its rules.</summary>
    private static string? SafeClientId(ClientFrame frame) => frame.ClientId is { } id && Content.IsClientId(id) ? id : null;
}
