using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Admins;

/// <summary>/ws/admin: everything that happens, to every open dashboard.</summary>
internal sealed class AdminSocket(SocketDoor door, Hub hub, Origins origins, Sessions sessions, Database database, Presence presence, CurrentSettings settings)
{
    private const int MalformedAtMost = 3;

    public async Task ServeAsync(HttpContext context)
    {
        if (await TryServeAsync(context) is { } refusal)
            await Answer.Refuse(context, refusal);
    }

    private async Task<Refusal?> TryServeAsync(HttpContext context)
    {
        if (Handshake.Refuse(context) is { } wrong)
            return wrong;

        if (!origins.IsOwnHandshake(context.Request))
            return origins.Mismatch(context.Request) ?? Refusal.Forbidden;
        if (Cookies.AdminToken(context) is not { } token)
            return Refusal.Forbidden;
        var mailbox = hub.Enter(settings.Value.Limits.Mailbox);
        mailbox.Know(Sessions.KeyOf(token));
        Refusal? refusal = Refusal.ServerError;
        try
        {
            if (sessions.Find(token) is not { AdminId: { } adminId } || await database.ReadAsync(c => AdminAccounts.Find(c, adminId)) is null)
                return refusal = Refusal.Forbidden;
            return refusal = await door.OpenAsync(context, mailbox, socket => RunAsync(socket, mailbox, adminId), static () => { });
        }
        finally
        {
            if (refusal is not null)
                hub.Leave(mailbox);
        }
    }

    private async Task RunAsync(LiveSocket socket, Subscription mailbox, string adminId)
    {
        var malformed = 0;
        presence.AdminEnters(adminId);
        mailbox.Post(Frames.Ready(null, null, adminOnline: true, settings.Value.Limits, 0));
        hub.Subscribe(Presence.AdminTopic, mailbox);
        try
        {
            await socket.RunAsync(Hear);
        }
        finally
        {
            hub.Unsubscribe(Presence.AdminTopic, mailbox);
            presence.AdminLeaves(adminId);
        }

        ValueTask Hear(ReadOnlyMemory<byte> message)
        {
            var frame = ClientFrame.Read(message.Span);
            mailbox.Post(frame switch
            {
                null => Frames.Error(Refusal.BadRequest("")),
                { Action: "ping" } => Frames.Pong,
                _ => Frames.Error(Refusal.UnknownAction),
            });
            if (frame is null && ++malformed >= MalformedAtMost)
                mailbox.End(Goodbye.Malformed);
            return default;
        }
    }
}
