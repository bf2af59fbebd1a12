using System.Net;
using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Web;

/// <summary>Restores the visitor's address, the scheme and the host that a trusted proxy reports.</summary>
internal sealed class ForwardedMiddleware(RequestDelegate next, CurrentSettings settings)
{
    public Task InvokeAsync(HttpContext context)
    {
        var (trusted, remote) = (settings.Value.TrustedProxies, context.Connection.RemoteIpAddress ?? IPAddress.Loopback);
        if (trusted.Contains(remote))
            Apply(context, remote, trusted);
        return next(context);
    }

    private static void Apply(HttpContext context, IPAddress remote, AddressList trusted)
    {
        var (request, headers) = (context.Request, new ForwardedHeaders(context.Request.Headers));
        var (addresses, hosts, hops) = (headers.For, headers.Host, 0);
        // From the last proxy backwards: a reported address counts as long as the proxy that reports it is trusted.
        while (hops < addresses.Length && trusted.Contains(remote) && TryAddress(addresses[^(hops + 1)], out var before))
            (remote, hops) = (before, hops + 1);
        context.Connection.RemoteIpAddress = remote;
        if (headers.Scheme is { } scheme)
            request.Scheme = scheme;
        // The host that the first trusted proxy received.
        if (hosts.Length > 0 && hosts[Math.Max(0, hosts.Length - Math.Max(1, hops))] is var host
            && Origin.Normalize("http://" + host) is not null)
            request.Host = new HostString(host);
    }

    /// <summary>
    /// An address, with or without a port: `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`; not `unknown` or `_hidden`.
    /// </summary>
    private static bool TryAddress(string text, out IPAddress address)
    {
        var isAddress = IPEndPoint.TryParse(text, out var found);
        address = found?.Address ?? IPAddress.None;
        return isAddress;
    }
}
