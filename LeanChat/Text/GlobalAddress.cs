using System.Net;
using System.Net.Sockets;

namespace LeanChat.Text;

/// <summary>Addresses of the public internet, told from private and special ones (RFC 6890 and its registries).</summary>
internal static class GlobalAddress
{
    private static readonly AddressList Special4 = new(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4");

    private static readonly AddressList Global6 = new("2000::/3");

    /// <summary>Protocol assignments with Teredo, documentation, 6to4.</summary>
    private static readonly AddressList Special6 = new("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    /// <summary>IPv4 through a NAT64 (RFC 6052): the IPv4 address stands in the last four bytes.</summary>
    private static readonly AddressList Translated = new("64:ff9b::/96");

    /// <summary>Whether it is global unicast. An IPv4 address inside an IPv6 one counts as itself.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return Is(address.MapToIPv4());
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return !Special4.Contains(address);
        if (Translated.Contains(address))
            return Is(new IPAddress(address.GetAddressBytes().AsSpan(12)));
        // ISATAP (RFC 5214 §6.1): 00-00-5E-FE or 02-00-5E-FE, then the IPv4 address.
        if (address.GetAddressBytes() is [.., 0 or 2, 0, 0x5E, 0xFE, _, _, _, _] and { Length: 16 } bytes)
            return Global6.Contains(address) && Is(new IPAddress(bytes.AsSpan(12)));
        return address.AddressFamily == AddressFamily.InterNetworkV6 && Global6.Contains(address) && !Special6.Contains(address);
    }
}
