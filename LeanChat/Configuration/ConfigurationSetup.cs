using LeanChat.Storage;

namespace LeanChat.Configuration;

/// <summary>The settings that can change while the server runs.</summary>
internal static class ConfigurationSetup
{
    /// <param name="services">The application's services.</param>
    /// <param name="configured">What configuration says, by key without `LeanChat:`; it wins over the dashboard.</param>
    public static IServiceCollection AddCurrentSettings(this IServiceCollection services, Dictionary<string, string> configured) =>
        services.AddSingleton(provider => new CurrentSettings(configured, provider.GetRequiredService<Database>()));
}
