namespace LeanChat.Pages;

/// <summary>Answers with a page or script in the coding that the client accepts.</summary>
internal static class AssetResponse
{
    /// <summary>Each coding has its own bytes, and therefore its own ETag (RFC 9110 §8.8.3).</summary>
    public static async Task SendAsync(HttpContext context, Asset asset, string type)
    {
        var (request, response) = (context.Request, context.Response);
        var accepted = request.Headers.AcceptEncoding.ToString();
        var coding = Accepts(accepted, "br") ? "br" : Accepts(accepted, "gzip") ? "gzip" : "";
        var tag = $"\"{asset.Tag}{coding}\"";
        response.Headers.ETag = tag;
        response.Headers.Append("Vary", "Accept-Encoding");
        if (request.Headers.IfNoneMatch.Any(tags => tags is not null && (tags == "*" || tags.Contains(tag, StringComparison.Ordinal))))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var body = coding switch
        {
            "br" => await asset.Brotli,
            "gzip" => await asset.Gzip,
            _ => asset.Plain,
        };
        if (coding.Length > 0)
            response.Headers.ContentEncoding = coding;
        response.ContentType = type;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(request.Method))
            await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Whether an Accept-Encoding header (RFC 9110 §12.5.3) accepts this coding.</summary>
    private static bool Accepts(string header, string coding) => header.Split(',', StringSplitOptions.TrimEntries).Any(part =>
        part.Split(';', StringSplitOptions.TrimEntries) is [var name, .. var rest]
        && name.Equals(coding, StringComparison.OrdinalIgnoreCase)
        && !rest.Any(weight => weight is "q=0" or "q=0.0" or "q=0.00" or "q=0.000"));
}
