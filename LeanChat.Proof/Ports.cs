using System.Net;
using System.Net.Sockets;

namespace LeanChat.Proof;

/// <summary>Ports of this machine for servers that a trial starts.</summary>
internal static class Ports
{
    private const int First = 10_000;

    /// <summary>Linux gives the ports from here to outgoing connections (ip_local_port_range), so one of those could be taken between
    /// the choice and the start, or while a server starts again.</summary>
    private const int End = 32_768;

    private static int _next = Random.Shared.Next(End - First);

    /// <summary>A port where nobody listens. No other caller in this process gets it.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % (End - First));
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there: the next.
            }
        }
    }
}
