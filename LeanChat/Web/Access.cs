using LeanChat.People;

namespace LeanChat.Web;

/// <summary>Who may call a route. Every route carries its decision, and <see cref="AccessFilter"/> alone acts on it.</summary>
internal enum Access
{
    /// <summary>Anybody.</summary>
    Public,

    /// <summary>Anybody, from our own pages: what makes a session.</summary>
    OwnPages,

    /// <summary>A user by session, or somebody who has none yet.</summary>
    Visitor,

    /// <summary>A user by session.</summary>
    User,

    /// <summary>A WebSocket of a visitor, whose session may come with the first frame; with `as=admin` one of an admin.</summary>
    ChatSocket,

    /// <summary>An admin by session; every change from our own pages.</summary>
    Admin,

    /// <summary>A WebSocket of an admin, from our own pages.</summary>
    AdminSocket,

    /// <summary>Whoever runs the server, by address: this machine, and whom `MetricsFor` names.</summary>
    Operator,
}
