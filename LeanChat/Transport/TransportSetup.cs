using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Transport;

/// <summary>Puts our sockets under Kestrel.</summary>
internal static class TransportSetup
{
    /// <param name="services">The application's services.</param>
    /// <param name="ownSockets">Whether to use them. Otherwise Kestrel uses its own, as it does on systems other than Linux.</param>
    public static IServiceCollection AddTransport(this IServiceCollection services, bool ownSockets) =>
        !ownSockets ? services : services.AddSingleton<IConnectionListenerFactory>(provider => new SocketTransport(
            provider.GetRequiredService<IMemoryPoolFactory<byte>>(), provider.GetRequiredService<ILogger<EventLoop>>()));
}
