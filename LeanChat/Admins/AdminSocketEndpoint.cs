using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>/ws/admin: sends every change to every open dashboard.</summary>
internal sealed class AdminSocketEndpoint(
    WebSocketAcceptor acceptor, Hub hub, Sessions sessions, Database database, Presence presence, ReplyTime replyTime,
    AdminActivity activity, CurrentSettings settings)
{
    private const int MaxMalformed = 3;

    public async Task ServeAsync(HttpContext context)
    {
        if (await TryServeAsync(context) is { } error)
            await ApiResponse.Refuse(context, error);
    }

    private async Task<ApiError?> TryServeAsync(HttpContext context)
    {
        var session = Caller.KnownSessionOf(context);
        var mailbox = hub.Register(settings.Value.Limits.Mailbox);
        mailbox.SetKey(session.Key);
        ApiError? error = ApiError.ServerError;
        try
        {
            // Checked again now that the mailbox has the session's key: an end before that did not close this socket.
            if (!sessions.IsOpen(session)
                || (session.AdminId is { } id && await database.ReadAsync(c => AdminStore.Find(c, id)) is null))
                return error = ApiError.Forbidden;
            return error = await acceptor.OpenAsync(
                context, mailbox, socket => RunAsync(socket, mailbox, session), static () => { });
        }
        finally
        {
            if (error is not null)
                hub.Unregister(mailbox);
        }
    }

    private async Task RunAsync(WebSocketLoop socket, Mailbox mailbox, Session session)
    {
        var (id, malformed, visible) = (session.WriterId, 0, false);
        presence.AddAdmin(id);
        mailbox.Post(ChatFrames.Ready(null, null, presence.AdminOnline, replyTime.Seconds, settings.Value, 0));
        hub.Subscribe(Presence.AdminTopic, mailbox);
        try
        {
            await socket.RunAsync(Receive);
        }
        finally
        {
            hub.Unsubscribe(Presence.AdminTopic, mailbox);
            presence.RemoveAdmin(id);
            Show(false);
        }

        ValueTask Receive(ReadOnlyMemory<byte> message)
        {
            var frame = ClientFrame.Read(message);
            var answer = frame switch
            {
                null => SocketFrames.Error(ApiError.BadRequest("")),
                { Action: "ping" } => SocketFrames.Pong,
                { Action: "visible", Visible: null } => SocketFrames.Error(ApiError.BadRequest("`visible` must be true or false.")),
                { Action: "visible" } => null,
                _ => SocketFrames.Error(ApiError.UnknownAction),
            };
            if (answer is { } told)
                mailbox.Post(told);
            else
                Show(frame!.Visible!.Value);
            if (frame is null && ++malformed >= MaxMalformed)
                mailbox.End(CloseReason.Malformed);
            return default;
        }

        // A program is there no longer than it says so; a person for a while.
        void Show(bool now)
        {
            if (now && !visible)
                activity.Show(id);
            else if (visible && !now)
                activity.Hide(id, signedOut: session.ApiToken is not null || !sessions.IsOpen(session));
            visible = now;
        }
    }
}
