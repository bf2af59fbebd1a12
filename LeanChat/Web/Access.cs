using LeanChat.People;

namespace LeanChat.Web;

/// <summary>Who may call a route. Every route has one, and only <see cref="AccessFilter"/> checks it.</summary>
internal enum Access
{
    /// <summary>Anybody.</summary>
    Public,

    /// <summary>Anybody, from our own pages: routes that start a session.</summary>
    OwnPages,

    /// <summary>A user with a session, or a visitor without one.</summary>
    Visitor,

    /// <summary>A user with a session.</summary>
    User,

    /// <summary>A visitor's WebSocket, which may authenticate by its first frame; with `as=admin`, an admin's or a program's.</summary>
    ChatSocket,

    /// <summary>
    /// A WebSocket of another client's protocol, from a page that may embed the widget. Whoever has no cookie of ours authenticates in
    /// the protocol's own way.
    /// </summary>
    DialectSocket,

    /// <summary>An admin with a session; changes only from our own pages.</summary>
    Admin,

    /// <summary>The same, or a program with an API token.</summary>
    AdminOrToken,

    /// <summary>An admin's WebSocket, from our own pages; or a program's with an API token.</summary>
    AdminSocket,

    /// <summary>The operator, by address: this machine and the addresses in `MetricsFor`.</summary>
    Operator,
}
