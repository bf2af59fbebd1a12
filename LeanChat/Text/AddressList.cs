using System.Net;
using System.Net.Sockets;
using IPNetwork = System.Net.IPNetwork;

namespace LeanChat.Text;

/// <summary>A setting's list of IP addresses and networks. IPv4 inside IPv6 counts as IPv4.</summary>
internal sealed class AddressList
{
    private readonly IPNetwork[] _networks;

    /// <summary>Each entry must be one that <see cref="IsEntry"/>.</summary>
    public AddressList(params IEnumerable<string> entries) =>
        _networks = [.. entries.Select(entry => TryParse(entry) ?? throw new FormatException($"{entry} is not an address."))];

    public static bool IsEntry(string entry) => TryParse(entry) is not null;

    public bool Contains(IPAddress address)
    {
        var unmapped = Unmapped(address);
        return _networks.Any(network => network.Contains(unmapped));
    }

    private static IPNetwork? TryParse(string entry)
    {
        if (IPNetwork.TryParse(entry, out var network))
            return network;
        if (!IPAddress.TryParse(entry, out var address))
            return null;
        var unmapped = Unmapped(address);
        return new IPNetwork(unmapped, unmapped.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
