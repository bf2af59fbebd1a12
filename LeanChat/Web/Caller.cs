using LeanChat.People;

namespace LeanChat.Web;

/// <summary>Who is calling, as <see cref="AccessFilter"/> found it.</summary>
/// <param name="Session">Null for somebody who has none.</param>
internal sealed record Caller(Session? Session)
{
    public static readonly Caller Nobody = new((Session?)null);

    /// <summary>The session behind this request; null where the route lets in somebody without one.</summary>
    public static Session? SessionOf(HttpContext context) => context.Features.Get<Caller>()!.Session;

    /// <summary>The session behind a request whose route wants one.</summary>
    public static Session KnownSessionOf(HttpContext context) => SessionOf(context)!;
}
