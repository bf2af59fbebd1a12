using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>/ws/chat: who may come in, as far as the handshake tells.</summary>
internal sealed class ChatSockets(
    SocketDoor door, Hub hub, Origins origins, Sessions sessions, Database database, ChatDesk desk, Presence presence, Viewers viewers, FloodGuard flood, CurrentSettings settings, TimeProvider clock)
{
    public async Task ServeAsync(HttpContext context)
    {
        if (await TryServeAsync(context) is { } refusal)
            await Answer.Refuse(context, refusal);
    }

    private async Task<Refusal?> TryServeAsync(HttpContext context)
    {
        if (Handshake.Refuse(context) is { } wrong)
            return wrong;

        var query = context.Request.Query;
        var chatId = query.TryGetValue("chat_id", out var id) || query.TryGetValue("id", out id) ? id.ToString() : null;
        if (!Answer.TryNumber(context, "after", out var after))
            return Refusal.BadRequest("`after` must be a seq: a whole number, 0 or more.");
        var mailbox = hub.Enter(settings.Value.Limits.Mailbox);
        Refusal? refusal = Refusal.ServerError;
        try
        {
            return refusal = query["as"] == "admin"
                ? await ServeAdminAsync(context, mailbox, chatId, after)
                : await ServeUserAsync(context, mailbox, chatId, after);
        }
        finally
        {
            if (refusal is not null)
                hub.Leave(mailbox);
        }
    }

    private async Task<Refusal?> ServeAdminAsync(HttpContext context, Subscription mailbox, string? chatId, long? after)
    {
        if (!origins.IsOwnHandshake(context.Request))
            return origins.Mismatch(context.Request) ?? Refusal.Forbidden;
        if (Cookies.AdminToken(context) is not { } token || Find(mailbox, token) is not { AdminId: { } adminId })
            return Refusal.Forbidden;
        if (chatId is null)
            return Refusal.BadRequest("Say which chat: `chat_id`.");
        var found = await database.ReadAsync(connection => (ChatHistory.Find(connection, chatId), AdminAccounts.Find(connection, adminId)));
        if (found is not ({ } chat, { } admin))
            return Refusal.NotFound;
        var socket = Socket(mailbox, after);
        socket.JoinAs(Sender.Admin(admin.Id, admin.Name), chat);
        viewers.Enter(chat.Id, admin);
        return await door.OpenAsync(context, mailbox, socket.RunAsync, () => viewers.Leave(chat.Id, admin));
    }

    private async Task<Refusal?> ServeUserAsync(HttpContext context, Subscription mailbox, string? chatId, long? after)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origins.MayEmbed(context.Request, origin))
            return origins.Mismatch(context.Request) ?? Refusal.Forbidden;
        var socket = Socket(mailbox, after);
        socket.Expect(chatId);
        if (Cookies.UserToken(context) is { } token && origins.IsSameOrigin(context.Request) && Find(mailbox, token) is { UserId: { } userId })
        {
            var chat = await desk.OpenAsync(userId);
            if (chat.UserBlockedAt is not null || (chatId is not null && chatId != chat.Id))
                return Refusal.Forbidden;
            if (!presence.TryEnter(userId, chat.Id, chat.PageUrl, settings.Value.Limits.SocketsPerUser))
                return Refusal.TooManyRequests(TimeSpan.FromSeconds(30));
            socket.JoinAs(Sender.User(userId), chat);
        }
        else
        {
            mailbox.Know(null);
        }

        return await door.OpenAsync(context, mailbox, socket.RunAsync, socket.Leave);
    }

    private ChatSocket Socket(Subscription mailbox, long? after) => new(mailbox, after, hub, sessions, database, desk, presence, flood, settings, clock);

    /// <summary>The mailbox is known by the session first: one that ends from here on takes the socket with it.</summary>
    private Session? Find(Subscription mailbox, string token)
    {
        mailbox.Know(Sessions.KeyOf(token));
        return sessions.Find(token);
    }
}
