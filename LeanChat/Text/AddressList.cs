using System.Net;
using System.Net.Sockets;
using IPNetwork = System.Net.IPNetwork;

namespace LeanChat.Text;

/// <summary>IP addresses and networks, as a setting lists them. IPv4 inside IPv6 counts as IPv4.</summary>
internal sealed class AddressList
{
    private readonly IPNetwork[] _networks;

    /// <summary>Each entry must be one that <see cref="IsEntry"/>.</summary>
    public AddressList(params IEnumerable<string> entries) =>
        _networks = [.. entries.Select(entry => TryParse(entry) ?? throw new FormatException($"{entry} is no address."))];

    public static bool IsEntry(string entry) => TryParse(entry) is not null;

    public bool Contains(IPAddress address)
    {
        var plain = Plain(address);
        return _networks.Any(network => network.Contains(plain));
    }

    private static IPNetwork? TryParse(string entry)
    {
        if (IPNetwork.TryParse(entry, out var network))
            return network;
        if (!IPAddress.TryParse(entry, out var address))
            return null;
        var plain = Plain(address);
        return new IPNetwork(plain, plain.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
