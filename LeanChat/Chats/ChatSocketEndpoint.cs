using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>/ws/chat: checks who may open a socket, as far as the handshake tells.</summary>
internal sealed class ChatSocketEndpoint(
    WebSocketAcceptor acceptor, Hub hub, Sessions sessions, Database database, ChatCommands commands, ReadMarks readMarks,
    UserCommands userCommands, Presence presence, ReplyTime replyTime, Viewers viewers, MessageRateLimit rateLimit, FileAddresses addresses,
    AdminActivity activity, CurrentSettings settings, TimeProvider clock)
{
    public async Task ServeAsync(HttpContext context)
    {
        if (await TryServeAsync(context) is { } error)
            await ApiResponse.Refuse(context, error);
    }

    private async Task<ApiError?> TryServeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var chatId = query.TryGetValue("chat_id", out var id) || query.TryGetValue("id", out id) ? id.ToString() : null;
        if (!ApiResponse.TryNumber(context, "after", out var after))
            return ApiError.BadRequest("`after` must be a seq, which is a whole number, 0 or more.");
        var mailbox = hub.Register(settings.Value.Limits.Mailbox);
        ApiError? error = ApiError.ServerError;
        try
        {
            return error = query["as"] == "admin"
                ? await ServeAdminAsync(context, mailbox, chatId, after)
                : await ServeUserAsync(context, mailbox, chatId, after);
        }
        finally
        {
            if (error is not null)
                hub.Unregister(mailbox);
        }
    }

    private async Task<ApiError?> ServeAdminAsync(HttpContext context, Mailbox mailbox, string? chatId, long? after)
    {
        if (Recheck(mailbox, Caller.KnownSessionOf(context)) is not { } session)
            return ApiError.Forbidden;
        if (chatId is null)
            return ApiError.BadRequest("`chat_id` is missing: it says which chat to join.");
        var (chat, admin) = await database.ReadAsync(connection => (
            ChatStore.Find(connection, chatId), session.AdminId is { } adminId ? AdminStore.Find(connection, adminId) : null));
        var socket = Socket(mailbox, after);
        if (chat is not null && session.ApiToken is { } token)
        {
            socket.JoinAs(Sender.Program(token), chat);
            return await acceptor.OpenAsync(context, mailbox, socket.RunAsync, static () => { });
        }

        if (chat is null || admin is null)
            return ApiError.NotFound;
        socket.JoinAs(Sender.Admin(admin.Id, admin.Name), chat);
        viewers.Add(chat.Id, admin);
        return await acceptor.OpenAsync(context, mailbox, socket.RunAsync, () => viewers.Remove(chat.Id, admin));
    }

    private async Task<ApiError?> ServeUserAsync(HttpContext context, Mailbox mailbox, string? chatId, long? after)
    {
        var socket = Socket(mailbox, after);
        socket.ExpectChat(chatId);
        if (Caller.SessionOf(context) is { } session && Recheck(mailbox, session) is { UserId: { } userId })
        {
            var chat = await commands.OpenAsync(userId);
            if (chat.UserBlockedAt is not null || (chatId is not null && chatId != chat.Id))
                return ApiError.Forbidden;
            if (!presence.TryAddUser(userId, chat.Id, chat.PageUrl, settings.Value.Limits.SocketsPerUser))
                return ApiError.TooManyRequests(TimeSpan.FromSeconds(30));
            socket.JoinAs(Sender.User(userId), chat);
        }
        else
        {
            mailbox.SetKey(null);
        }

        return await acceptor.OpenAsync(context, mailbox, socket.RunAsync, socket.Leave);
    }

    private ChatConnection Socket(Mailbox mailbox, long? after) => new(
        mailbox, after, new ChatSubscription(mailbox, hub, database, presence, replyTime, addresses, settings),
        new PendingSends(mailbox, commands, rateLimit), hub, sessions, database, commands, readMarks, userCommands, presence,
        activity, settings, clock);

    /// <summary>
    /// Gives the mailbox the session's key, then checks the session again: if it ends from here on, its end closes the socket.
    /// </summary>
    private Session? Recheck(Mailbox mailbox, Session session)
    {
        mailbox.SetKey(session.Key);
        return sessions.IsOpen(session) ? session : null;
    }
}
