using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>One connection of a dashboard, or of a program with an API token: it is told every change.</summary>
internal sealed class AdminConnection(ChatConnections with, Mailbox mailbox, Session session) : ClientConnection(mailbox)
{
    private readonly string _id = session.WriterId;
    private bool _begun;
    private bool _visible;

    /// <summary>
    /// Gives the mailbox the session's key, then looks at the session again: an end before that did not close this connection.
    /// </summary>
    public async ValueTask<ApiError?> JoinAsync()
    {
        Mailbox.SetKey(session.Key);
        return with.Sessions.IsOpen(session)
            && (session.AdminId is not { } id || await with.Database.ReadAsync(c => AdminStore.Find(c, id)) is not null)
            ? null
            : ApiError.Forbidden;
    }

    public override void Leave()
    {
    }

    protected override void Begin()
    {
        if (Mailbox.CloseReason is not null)
            return;
        with.Presence.AddAdmin(_id);
        _begun = true;
        Mailbox.Post(ChatFrames.Ready(null, null, with.Presence.AdminOnline, with.ReplyTime.Seconds, with.Settings.Value, 0));
        with.Hub.Subscribe(Presence.AdminTopic, Mailbox);
    }

    protected override void End()
    {
        if (!_begun)
            return;
        with.Hub.Unsubscribe(Presence.AdminTopic, Mailbox);
        with.Presence.RemoveAdmin(_id);
        Show(false);
    }

    protected override ValueTask ActAsync(ClientFrame frame)
    {
        if (frame is { Action: "visible", Visible: { } visible })
            Show(visible);
        else
            Mailbox.Post(frame.Action switch
            {
                "ping" => SocketFrames.Pong,
                "visible" => SocketFrames.Error(ApiError.BadRequest("`visible` must be true or false.")),
                _ => SocketFrames.Error(ApiError.UnknownAction),
            });
        return default;
    }

    /// <summary>A program is there no longer than it says so; a person for a while.</summary>
    private void Show(bool now)
    {
        if (now && !_visible)
            with.Activity.Show(_id);
        else if (_visible && !now)
            with.Activity.Hide(_id, signedOut: session.ApiToken is not null || !with.Sessions.IsOpen(session));
        _visible = now;
    }
}
