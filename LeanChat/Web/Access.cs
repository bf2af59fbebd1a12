using LeanChat.People;

namespace LeanChat.Web;

/// <summary>Who may call a route; every route carries its decision.</summary>
internal enum Access
{
    /// <summary>Anybody.</summary>
    Public,

    /// <summary>A user by session, or somebody who becomes one.</summary>
    User,

    /// <summary>An admin by session.</summary>
    Admin,

    /// <summary>Whoever runs the server: by address.</summary>
    Operator,
}
