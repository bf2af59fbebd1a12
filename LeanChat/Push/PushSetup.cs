namespace LeanChat.Push;

/// <summary>Notifications on the admins' devices (Web Push).</summary>
internal static class PushSetup
{
    public static IServiceCollection AddPush(this IServiceCollection services) => services
        .AddSingleton<PushQueue>()
        .AddSingleton<PushKeys>()
        .AddSingleton<PushSender>()
        .AddSingleton<PushApi>()
        .AddHostedService<Pusher>();

    public static void MapPush(this WebApplication app) => app.Services.GetRequiredService<PushApi>().Map(app);
}
