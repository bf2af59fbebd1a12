namespace LeanChat.Operations;

/// <summary>Health, metrics, backups, and memory given back.</summary>
internal static class OperationsSetup
{
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<Health>()
        .AddSingleton<Metrics>()
        .AddHostedService<IdleGarbageCollector>()
        .AddSingleton<ScheduledBackups>()
        .AddHostedService(provider => provider.GetRequiredService<ScheduledBackups>());

    public static void MapOperations(this WebApplication app)
    {
        app.Services.GetRequiredService<Health>().Map(app);
        app.Services.GetRequiredService<Metrics>().Map(app);
    }
}
