using LeanChat.People;

namespace LeanChat.Web;

/// <summary>Who sent a request, set by <see cref="AccessFilter"/>.</summary>
/// <param name="Session">Null without a session.</param>
/// <param name="Admin">For <see cref="Access.DialectSocket"/>: the admin's session, beside the user's in <see cref="Session"/>.</param>
internal sealed record Caller(Session? Session, Session? Admin = null)
{
    public static readonly Caller Anonymous = new(null, null);

    /// <summary>Who sent this request.</summary>
    public static Caller Of(HttpContext context) => context.Features.Get<Caller>()!;

    /// <summary>The session of this request; null if it has none and the route allows that.</summary>
    public static Session? SessionOf(HttpContext context) => Of(context).Session;

    /// <summary>The session of a request whose route requires one.</summary>
    public static Session KnownSessionOf(HttpContext context) => SessionOf(context)!;
}
