namespace LeanChat.Hooks;

/// <summary>What programs of the owner connect to: API tokens.</summary>
internal static class HooksSetup
{
    public static IServiceCollection AddHooks(this IServiceCollection services) => services
        .AddSingleton<ApiTokenApi>();

    public static void MapHooks(this WebApplication app) => app.Services.GetRequiredService<ApiTokenApi>().Map(app);
}
