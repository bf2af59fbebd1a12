namespace LeanChat.Live;

/// <summary>The hub and the count of who is there.</summary>
internal static class LiveSetup
{
    public static IServiceCollection AddLive(this IServiceCollection services) =>
        services.AddSingleton<Hub>().AddSingleton<ConcurrencyLimiter>();
}
