using LeanChat.Configuration;
using Microsoft.AspNetCore.Routing.Patterns;

namespace LeanChat.Web;

/// <summary>Serves everything below the path of `PublicUrl`, if it has one, whether a proxy strips that path or keeps it.</summary>
internal sealed class PathBaseMiddleware(RequestDelegate next, CurrentSettings settings, EndpointDataSource routes)
{
    private readonly Lazy<(HashSet<string> First, HashSet<string> Whole)> _own = new(() => Segments(routes));

    public Task InvokeAsync(HttpContext context)
    {
        if (settings.Value.PathBase is { HasValue: true } below)
        {
            context.Request.PathBase = below;
            context.Request.Path = Strip(context.Request.Path, below);
        }

        return next(context);
    }

    /// <summary>
    /// The path without the base path. With the base `/chat`, `/chat/admin` is our `/admin`, sent by a proxy that keeps the base. A plain
    /// `/chat` is our own page of that name, sent by a proxy that strips the base.
    /// </summary>
    private PathString Strip(PathString path, PathString below)
    {
        // nginx's `location /chat` with `proxy_pass http://…/` leaves two slashes.
        if (path.Value is ['/', '/', ..] doubled)
            path = new PathString("/" + doubled.TrimStart('/'));
        if (!path.StartsWithSegments(below, out var rest))
            return path;
        var isKept = rest.HasValue ? _own.Value.First.Contains(FirstOf(rest.Value)) : !_own.Value.Whole.Contains(path.Value!);
        return !isKept ? path : rest.HasValue ? rest : new PathString("/");
    }

    private static string FirstOf(string path) => path.Split('/', 3)[1];

    private static (HashSet<string> First, HashSet<string> Whole) Segments(EndpointDataSource routes)
    {
        var all = routes.Endpoints.OfType<RouteEndpoint>()
            .Select(each => each.RoutePattern.PathSegments.Select(LiteralOf).ToArray()).ToList();
        return (
            all.Select(segments => segments.FirstOrDefault("")).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase),
            all.Where(segments => !segments.Contains(null)).Select(segments => "/" + string.Join('/', segments))
                .ToHashSet(StringComparer.OrdinalIgnoreCase));
    }

    private static string? LiteralOf(RoutePatternPathSegment segment) =>
        segment.IsSimple && segment.Parts[0] is RoutePatternLiteralPart literal ? literal.Content : null;
}
