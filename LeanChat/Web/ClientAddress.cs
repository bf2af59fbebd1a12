using System.Net;
using System.Net.Sockets;

namespace LeanChat.Web;

/// <summary>The key by which limits count an address. For IPv6 it is the /64 prefix, all of which one host may use.</summary>
internal static class ClientAddress
{
    public static string Key(HttpContext context)
    {
        var address = Of(context);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? "address:" + Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))
            : "address:" + address;
    }

    /// <summary>The whole address, for people.</summary>
    public static string Text(HttpContext context) => Of(context).ToString();

    private static IPAddress Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
