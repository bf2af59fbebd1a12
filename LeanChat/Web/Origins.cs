using LeanChat.Configuration;
using LeanChat.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LeanChat.Web;

/// <summary>The server's own origin, and whether a request comes from it or from an allowed website.</summary>
internal sealed partial class Origins(CurrentSettings settings, IServer server, TimeProvider clock, ILogger<Origins> log)
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private long? _loggedAt;

    /// <summary>Our own origin, normalized: that of PublicUrl, else what the request was sent to.</summary>
    public string Own(HttpRequest request) =>
        settings.Value.PublicUrl is { Length: > 0 } url
            ? Origin.Of(new Uri(url))
            : Origin.Normalize($"{request.Scheme}://{request.Host}") ?? "";

    /// <summary>
    /// The base of all our addresses, without a trailing slash: PublicUrl, else what the request was sent to; without a request, where
    /// the server listens.
    /// </summary>
    public string PublicBase(HttpContext? context) =>
        settings.Value.PublicUrl is { Length: > 0 } url ? url : context is not null ? Own(context.Request)
        : (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost:5080")
            .Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);

    /// <summary>
    /// Whether this request may use its cookie. Sec-Fetch-Site and Origin, if sent, must both name our own origin; without either, the
    /// request must not change anything.
    /// </summary>
    public bool IsSameOrigin(HttpRequest request)
    {
        var changesNothing = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        if (site.Length == 0 && origin.Length == 0)
            return changesNothing;
        // `none`: the user typed the address.
        var siteSays = site.Length == 0 || site == "same-origin" || (site == "none" && changesNothing);
        return siteSays && (origin.Length == 0 || IsOwn(request, origin));
    }

    /// <summary>For a handshake that only our own pages may make: Origin must be present and ours.</summary>
    public bool IsOwnHandshake(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin && IsOwn(request, origin) && IsSameOrigin(request);

    /// <summary>Whether only named websites may embed the widget.</summary>
    public bool Restricted => settings.Value.AllowedOrigins.Length > 0;

    /// <summary>Whether a page of this origin may embed the widget.</summary>
    public bool MayEmbed(HttpRequest request, string origin) =>
        settings.Value.AllowedOrigins is not { Length: > 0 } allowed
        || (Origin.Read(origin) is { } normalized && (allowed.Contains(normalized) || normalized == Own(request)));

    /// <summary>The error for a change that is not <see cref="IsSameOrigin"/>.</summary>
    public ApiError CrossSite(HttpRequest request) => Mismatch(request) ?? ApiError.CrossSite;

    /// <summary>
    /// The error for a request from our own page whose origin does not match, because a proxy does not report how the server is reached.
    /// It says, here and in the log, how to fix that. Null if another website asks.
    /// </summary>
    public ApiError? Mismatch(HttpRequest request)
    {
        var own = Own(request);
        if (Origin.Read(request.Headers.Origin.ToString()) is not { } opened || opened == own)
            return null;
        var oneHost = Origin.HaveSameHost(opened, own);
        // Sec-Fetch-Site is the browser's own comparison, which no proxy affects.
        if (!oneHost && request.Headers["Sec-Fetch-Site"] != "same-origin")
            return null;
        if (_loggedAt is not { } logged || clock.GetElapsedTime(logged) > LogInterval)
        {
            _loggedAt = clock.GetTimestamp();
            LogMismatch(opened, own);
        }

        // Another host may be an internal machine's name: only the log gets it.
        return ApiError.OtherOrigin(opened, oneHost ? own : null);
    }

    private bool IsOwn(HttpRequest request, string origin) =>
        Origin.Read(origin) is { } normalized && normalized == Own(request);

    [LoggerMessage(LogLevel.Warning,
        "A page opened as {Opened} was refused: the server thinks it is {Own}. "
        + "Set PublicUrl, or let the proxy pass on Host and send X-Forwarded-Proto")]
    private partial void LogMismatch(string opened, string own);
}
