using System.Net;
using System.Net.Sockets;

namespace LeanChat.Web;

/// <summary>One name for everybody who shares an address: an IPv6 host owns its whole /64.</summary>
internal static class ClientAddress
{
    public static string Key(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? "address:" + Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))
            : "address:" + address;
    }
}
