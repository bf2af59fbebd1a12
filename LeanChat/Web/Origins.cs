using LeanChat.Configuration;
using LeanChat.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LeanChat.Web;

/// <summary>Where we are reached, and where a request comes from, as the browser says it.</summary>
internal sealed partial class Origins(CurrentSettings settings, IServer server, TimeProvider clock, ILogger<Origins> log)
{
    private static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(1);

    private long? _toldAt;

    /// <summary>Our own origin, normalized: that of PublicUrl, else what the request was sent to.</summary>
    public string Own(HttpRequest request) =>
        settings.Value.PublicUrl is { Length: > 0 } url
            ? Origin.Of(new Uri(url))
            : Origin.Normalize($"{request.Scheme}://{request.Host}") ?? "";

    /// <summary>
    /// The address below which everything of ours lies, without a slash at its end: PublicUrl, else what the request was sent to, else,
    /// without one, where we listen.
    /// </summary>
    public string PublicBase(HttpContext? context) =>
        settings.Value.PublicUrl is { Length: > 0 } url ? url : context is not null ? Own(context.Request)
        : (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost:5080")
            .Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);

    /// <summary>
    /// Whether a cookie on this request may be believed. Where Sec-Fetch-Site and Origin are both sent, both must say so; with
    /// neither, only a request that changes nothing.
    /// </summary>
    public bool IsSameOrigin(HttpRequest request)
    {
        var changesNothing = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        if (site.Length == 0 && origin.Length == 0)
            return changesNothing;
        // `none`: the person typed the address; no page asked.
        var siteSays = site.Length == 0 || site == "same-origin" || (site == "none" && changesNothing);
        return siteSays && (origin.Length == 0 || IsOwn(request, origin));
    }

    /// <summary>A handshake that only our own pages may make: Origin must be there and be ours.</summary>
    public bool IsOwnHandshake(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin && IsOwn(request, origin) && IsSameOrigin(request);

    /// <summary>Whether only named websites may embed the widget.</summary>
    public bool Restricted => settings.Value.AllowedOrigins.Length > 0;

    /// <summary>Whether a page of this origin may embed the widget.</summary>
    public bool MayEmbed(HttpRequest request, string origin) =>
        settings.Value.AllowedOrigins is not { Length: > 0 } allowed
        || (Origin.Read(origin) is { } normalized && (allowed.Contains(normalized) || normalized == Own(request)));

    /// <summary>What a change is told that is not <see cref="IsSameOrigin"/>.</summary>
    public ApiError CrossSite(HttpRequest request) => Mismatch(request) ?? ApiError.CrossSite;

    /// <summary>
    /// The refusal of a request from our own pages that does not look so, because a proxy does not tell how we are reached: how that is
    /// mended, also in the log. Null where another website asks.
    /// </summary>
    public ApiError? Mismatch(HttpRequest request)
    {
        var own = Own(request);
        if (Origin.Read(request.Headers.Origin.ToString()) is not { } opened || opened == own)
            return null;
        var oneHost = Origin.HaveSameHost(opened, own);
        // The browser compares the page with what it asked for, before any proxy.
        if (!oneHost && request.Headers["Sec-Fetch-Site"] != "same-origin")
            return null;
        if (_toldAt is not { } told || clock.GetElapsedTime(told) > ToldAgain)
        {
            _toldAt = clock.GetTimestamp();
            LogMismatch(opened, own);
        }

        // Another host may be the name of a machine that is nobody's business: it stands in the log alone.
        return ApiError.OtherOrigin(opened, oneHost ? own : null);
    }

    private bool IsOwn(HttpRequest request, string origin) => Origin.Read(origin) is { } normalized && normalized == Own(request);

    [LoggerMessage(LogLevel.Warning,
        "A page opened as {Opened} was refused: the server thinks it is {Own}. Set PublicUrl, or let the proxy pass on Host and send X-Forwarded-Proto")]
    private partial void LogMismatch(string opened, string own);
}
