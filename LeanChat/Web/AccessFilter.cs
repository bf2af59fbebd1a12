using System.Net;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Text;

namespace LeanChat.Web;

/// <summary>
/// Checks who may call a route: reads its <see cref="Access"/>, finds the session of the request and passes it to the handler as its
/// <see cref="Caller"/>. No handler checks by itself.
/// </summary>
internal sealed class AccessFilter(
    RequestDelegate next, Sessions sessions, Origins origins, AdminActivity activity, ApiTokenUse tokenUse, CurrentSettings settings)
{
    public Task InvokeAsync(HttpContext context)
    {
        // Routing's own endpoints, which answer 404 and 405, have no Access.
        if (context.GetEndpoint() is not RouteEndpoint route)
            return next(context);
        var access = route.Metadata.OfType<Access>().Single();
        if (!Decide(context, access).Is(out var caller, out var error))
            return ApiResponse.Refuse(context, error);
        context.Features.Set(caller);
        if (caller.Session?.ApiToken is { } token)
            tokenUse.Use(token.Id);
        else if (access is Access.Admin or Access.AdminOrToken && !HttpMethods.IsGet(context.Request.Method))
            context.Response.OnStarting(() => CountUse(context.Response, caller.Session!));
        return next(context);
    }

    /// <summary>Whoever changes something is there, unless it was refused, or ended the session.</summary>
    private Task CountUse(HttpResponse response, Session session)
    {
        if (response.StatusCode < StatusCodes.Status400BadRequest && sessions.IsOpen(session))
            activity.Use(session.AdminId!);
        return Task.CompletedTask;
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> if a route does not have exactly one <see cref="Access"/>.</summary>
    public static void RequireDecisions(IEndpointRouteBuilder routes)
    {
        foreach (var route in routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (route.Metadata.OfType<Access>().Count() != 1)
                throw new InvalidOperationException($"{route.DisplayName} does not say who may call it.");
        }
    }

    private Outcome<Caller> Decide(HttpContext context, Access access) => access switch
    {
        Access.Public => Caller.Anonymous,
        Access.OwnPages when Bearer(context) is { } token && IsApiToken(token) => RefuseToken(token),
        Access.OwnPages => origins.IsSameOrigin(context.Request) ? Caller.Anonymous : origins.CrossSite(context.Request),
        Access.Visitor => Visitor(context),
        Access.User => User(context),
        Access.ChatSocket when WebSocketHandshake.Check(context) is { } wrong => wrong,
        Access.ChatSocket => context.Request.Query["as"] == "admin" ? AdminSocket(context) : VisitorSocket(context),
        Access.DialectSocket => DialectSocket(context),
        Access.Admin => Bearer(context) is { } token ? RefuseToken(token) : Admin(context),
        Access.AdminOrToken => Bearer(context) is { } token ? Token(token) : Admin(context),
        Access.AdminSocket => WebSocketHandshake.Check(context) is { } wrong ? wrong : AdminSocket(context),
        Access.Operator => IsOperator(context) ? Caller.Anonymous : ApiError.NotFound,
        _ => ApiError.Forbidden,
    };

    /// <summary>
    /// An unknown bearer token is an error. An unknown cookie counts as none; so does a cookie from another site, except for a change.
    /// </summary>
    private Outcome<Caller> Visitor(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length > 0)
        {
            var token = Bearer(context) ?? "";
            return sessions.Find(token) is { UserId: not null } session ? new Caller(session) : RefuseToken(token);
        }

        if (Cookies.UserToken(context) is not { } cookie)
            return Caller.Anonymous;
        if (!origins.IsSameOrigin(context.Request))
            return HttpMethods.IsGet(context.Request.Method) ? Caller.Anonymous : origins.CrossSite(context.Request);
        return new Caller(sessions.Find(cookie) is { UserId: not null } found ? found : null);
    }

    private Outcome<Caller> User(HttpContext context) =>
        !Visitor(context).Is(out var caller, out var error) ? error : caller.Session is null ? ApiError.Unauthorized : caller;

    private Outcome<Caller> Admin(HttpContext context)
    {
        if (!origins.IsSameOrigin(context.Request))
            return HttpMethods.IsGet(context.Request.Method) ? ApiError.Unauthorized : origins.CrossSite(context.Request);
        return AdminSession(context) is { } session ? new Caller(session) : ApiError.Unauthorized;
    }

    /// <summary>
    /// A program with an API token. Its token counts alone, with or without a cookie beside it; no browser sends one by itself, so it may
    /// come from anywhere.
    /// </summary>
    private Outcome<Caller> Token(string token) =>
        sessions.Find(token) is { ApiToken: not null } session ? new Caller(session) : ApiError.Unauthorized;

    /// <summary>The error where API tokens are of no use: forbidden for a good one, unauthorized for any other token.</summary>
    private ApiError RefuseToken(string token) => Token(token).Is(out _, out var unknown) ? ApiError.Forbidden : unknown;

    private static bool IsApiToken(string token) => token.StartsWith(ApiToken.Prefix, StringComparison.Ordinal);

    /// <summary>The token of the header `Authorization: Bearer` (RFC 6750 §2.1); null without one.</summary>
    private static string? Bearer(HttpContext context) =>
        context.Request.Headers.Authorization.ToString().Split(' ', 2) is [var scheme, .. var rest]
        && scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? string.Concat(rest).Trim()
            : null;

    private Outcome<Caller> AdminSocket(HttpContext context) =>
        Bearer(context) is { } token ? Token(token)
        : !origins.IsOwnHandshake(context.Request) ? origins.Mismatch(context.Request) ?? ApiError.Forbidden
        : AdminSession(context) is { } session ? new Caller(session)
        : ApiError.Forbidden;

    private Outcome<Caller> VisitorSocket(HttpContext context)
    {
        if (Bearer(context) is { } bearer && IsApiToken(bearer))
            return RefuseToken(bearer);
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !origins.MayEmbed(context.Request, origin))
            return origins.Mismatch(context.Request) ?? ApiError.Forbidden;
        return Cookies.UserToken(context) is { } token && origins.IsSameOrigin(context.Request)
            && sessions.Find(token) is { UserId: not null } session
            ? new Caller(session)
            : Caller.Anonymous;
    }

    /// <summary>
    /// One connection may carry a user's subscriptions and an admin's: both cookies count, on our own pages. A user's token may come in
    /// the header, too.
    /// </summary>
    private Outcome<Caller> DialectSocket(HttpContext context) =>
        Bearer(context) is { } token && !IsApiToken(token)
            ? sessions.Find(token) is { UserId: not null } user ? new Caller(user) : ApiError.Unauthorized
        : !VisitorSocket(context).Is(out var visitor, out var error) ? error
        : origins.IsOwnHandshake(context.Request) ? visitor with { Admin = AdminSession(context) }
        : Caller.Anonymous;

    private Session? AdminSession(HttpContext context) =>
        Cookies.AdminToken(context) is { } token && sessions.Find(token) is { AdminId: not null } session ? session : null;

    /// <summary>A request through an untrusted proxy does not count as this machine, even if the proxy runs on it.</summary>
    private bool IsOperator(HttpContext context)
    {
        var (address, now) = (context.Connection.RemoteIpAddress ?? IPAddress.Loopback, settings.Value);
        return now.MetricsFor.Contains(address)
            || (IPAddress.IsLoopback(address)
                && (now.TrustedProxies.Contains(address) || !ForwardedHeaders.AreIn(context.Request.Headers)));
    }
}
