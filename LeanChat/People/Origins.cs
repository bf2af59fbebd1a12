namespace LeanChat.People;

/// <summary>Where a request comes from, as the browser says it.</summary>
internal sealed class Origins(CurrentSettings settings)
{
    /// <summary>Our own origin: PublicUrl, else what the request was sent to.</summary>
    public string Own(HttpRequest request) =>
        settings.Value.PublicUrl is { Length: > 0 } url ? new Uri(url).GetLeftPart(UriPartial.Authority) : $"{request.Scheme}://{request.Host}";

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
        || allowed.Contains(origin, StringComparer.OrdinalIgnoreCase)
        || IsOwn(request, origin);

    private bool IsOwn(HttpRequest request, string origin) => origin.Equals(Own(request), StringComparison.OrdinalIgnoreCase);
}
