using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace LeanChat.Web;

/// <summary>The opening handshake of RFC 6455 §4.2. It returns the raw connection, to which our frames are written directly.</summary>
internal static class WebSocketHandshake
{
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>What is wrong with a WebSocket request; null if it is valid.</summary>
    public static ApiError? Check(HttpContext context)
    {
        var isAsked = context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);
        // HTTP/1.0 has no upgrade (RFC 9110 §7.8), and a proxy that speaks it would not pass on the frames.
        if (isAsked && HttpProtocol.IsHttp10(context.Request.Protocol))
            return ApiError.BadRequest("A WebSocket needs HTTP/1.1. Let the proxy use it (nginx: proxy_http_version 1.1).");
        return isAsked && IsComplete(context) ? null : RequireUpgrade(context);
    }

    /// <summary>Whether the request has everything that RFC 6455 §4.2.1 requires.</summary>
    private static bool IsComplete(HttpContext context)
    {
        var headers = context.Request.Headers;
        return HttpMethods.IsGet(context.Request.Method)
            && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && headers.SecWebSocketVersion == "13"
            && IsKey(headers.SecWebSocketKey.ToString());
    }

    /// <summary>The answer to a plain request: the protocol to upgrade to (RFC 9110 §15.5.22) and its version (RFC 6455 §4.4).</summary>
    private static ApiError RequireUpgrade(HttpContext context)
    {
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.SecWebSocketVersion = "13";
        return ApiError.UpgradeRequired;
    }

    /// <summary>Whether the client offers this subprotocol (RFC 6455 §1.9).</summary>
    public static bool Offers(HttpContext context, string protocol) =>
        context.Request.Headers.SecWebSocketProtocol.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(protocol);

    /// <summary>
    /// Answers 101 and returns the connection; its bytes are plain, also with TLS. <paramref name="protocol"/>: the subprotocol chosen.
    /// </summary>
    public static async Task<IDuplexPipe> AcceptAsync(HttpContext context, string? protocol = null)
    {
        var key = context.Request.Headers.SecWebSocketKey.ToString();
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.Connection = "Upgrade";
        context.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(SHA1OfHandshake(key));
        if (protocol is not null)
            context.Response.Headers.SecWebSocketProtocol = protocol;
        await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        return context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport;
    }

#pragma warning disable CA5350 // RFC 6455 §4.2.2 says SHA-1; nothing secret depends on it.
    private static byte[] SHA1OfHandshake(string key) => SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid));
#pragma warning restore CA5350

    private static bool IsKey(string key)
    {
        Span<byte> nonce = stackalloc byte[18];
        return Convert.TryFromBase64String(key, nonce, out var length) && length == 16;
    }
}
