namespace LeanChat.Pages;

/// <summary>The widget and the pages.</summary>
internal static class PagesSetup
{
    public static IServiceCollection AddPages(this IServiceCollection services) =>
        services.AddSingleton<PageAssets>().AddSingleton<AppManifest>().AddSingleton<SettingsBroadcast>();

    public static void MapPages(this WebApplication app)
    {
        app.Services.GetRequiredService<PageAssets>().Map(app);
        app.Services.GetRequiredService<AppManifest>().Map(app);
        app.Services.GetRequiredService<SettingsBroadcast>().Start();
    }
}
