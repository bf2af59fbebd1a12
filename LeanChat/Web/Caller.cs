using LeanChat.People;

namespace LeanChat.Web;

/// <summary>Who sent a request, set by <see cref="AccessFilter"/>.</summary>
/// <param name="Session">Null without a session.</param>
internal sealed record Caller(Session? Session)
{
    public static readonly Caller Anonymous = new((Session?)null);

    /// <summary>The session of this request; null if it has none and the route allows that.</summary>
    public static Session? SessionOf(HttpContext context) => context.Features.Get<Caller>()!.Session;

    /// <summary>The session of a request whose route requires one.</summary>
    public static Session KnownSessionOf(HttpContext context) => SessionOf(context)!;
}
