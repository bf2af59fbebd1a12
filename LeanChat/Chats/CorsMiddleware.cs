using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Lets pages of other websites call the user's API (CORS); never with credentials.</summary>
internal sealed class CorsMiddleware(RequestDelegate next, Origins origins)
{
    /// <summary>The user's API, and where Pusher's clients ask for their channels.</summary>
    private static readonly string[] Callable = [.. ChatApi.Prefixes, "/pusher/auth", "/broadcasting/auth"];

    public Task InvokeAsync(HttpContext context) =>
        (Callable.Any(prefix => context.Request.Path.StartsWithSegments(prefix)) && AddHeaders(context))
        || (context.Request.Path.StartsWithSegments("/files") && AddFileHeaders(context))
            ? Task.CompletedTask
            : next(context);

    /// <summary>The bytes of a file are for whoever has its address, on any page; true if the request was a preflight.</summary>
    private static bool AddFileHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "Accept-Ranges, Content-Disposition, Content-Range, ETag";
        if (!HttpMethods.IsOptions(context.Request.Method) || !context.Request.Headers.ContainsKey("Access-Control-Request-Method"))
            return false;
        headers.AccessControlAllowMethods = "GET, HEAD";
        headers.AccessControlAllowHeaders = "Range, If-Range, If-None-Match";
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    /// <summary>Adds the CORS headers; true if the request was a preflight, which is then answered.</summary>
    private bool AddHeaders(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        var headers = context.Response.Headers;
        headers.Vary = "Origin";
        if (origin.Length > 0 && origins.MayEmbed(context.Request, origin))
        {
            headers.AccessControlAllowOrigin = origins.Restricted ? origin : "*";
            headers.AccessControlExposeHeaders = "Retry-After, Date";
        }

        if (!HttpMethods.IsOptions(context.Request.Method) || !context.Request.Headers.ContainsKey("Access-Control-Request-Method"))
            return false;
        headers.AccessControlAllowMethods = "GET, POST, PATCH, DELETE";
        headers.AccessControlAllowHeaders =
            "Authorization, Cache-Control, Content-Type, Last-Event-ID, X-CSRF-TOKEN, X-Requested-With, X-Socket-ID";
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
