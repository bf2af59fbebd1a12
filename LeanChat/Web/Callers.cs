using LeanChat.People;
using LeanChat.Text;

namespace LeanChat.Web;

/// <summary>Who is calling: the session behind a request, if there is one that may be believed.</summary>
internal sealed class Callers(Sessions sessions, Origins origins)
{
    /// <summary>
    /// The user's session. An unknown bearer token is refused; an unknown cookie counts as none; a cookie from elsewhere too, but
    /// not for a change.
    /// </summary>
    public Outcome<Caller> User(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length > 0)
        {
            var token = authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? authorization["Bearer ".Length..].Trim() : "";
            return sessions.Find(token) is { UserId: not null } session ? new Caller(session) : ApiError.Unauthorized;
        }

        if (Cookies.UserToken(context) is not { } cookie)
            return Caller.Nobody;
        if (!origins.IsSameOrigin(context.Request))
            return HttpMethods.IsGet(context.Request.Method) ? Caller.Nobody : origins.CrossSite(context.Request);
        return new Caller(sessions.Find(cookie) is { UserId: not null } found ? found : null);
    }

    /// <summary>The user's session, or 401.</summary>
    public Outcome<Session> KnownUser(HttpContext context)
    {
        if (!User(context).Is(out var caller, out var error))
            return error;
        return caller.Session is { } session ? session : ApiError.Unauthorized;
    }

    /// <summary>The admin's session. Every change must come from our own pages.</summary>
    public Outcome<Session> Admin(HttpContext context)
    {
        if (!origins.IsSameOrigin(context.Request))
            return HttpMethods.IsGet(context.Request.Method) ? ApiError.Unauthorized : origins.CrossSite(context.Request);
        return Cookies.AdminToken(context) is { } token && sessions.Find(token) is { AdminId: not null } session
            ? session
            : ApiError.Unauthorized;
    }
}

/// <summary>A caller with a session, or nobody yet.</summary>
internal sealed record Caller(Session? Session)
{
    public static readonly Caller Nobody = new((Session?)null);
}
