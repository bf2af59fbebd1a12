namespace LeanChat.Files;

/// <summary>Files: taken in, served, erased.</summary>
internal static class FilesSetup
{
    public static IServiceCollection AddFiles(this IServiceCollection services) => services
        .AddSingleton<FileAddresses>()
        .AddSingleton<FileNews>()
        .AddSingleton<VirusScanner>()
        .AddSingleton<Uploads>()
        .AddSingleton<UploadRequest>()
        .AddSingleton<FileRoutes>()
        .AddSingleton<FileEraser>()
        .AddHostedService(provider => provider.GetRequiredService<FileEraser>());

    public static void MapFiles(this WebApplication app) => app.Services.GetRequiredService<FileRoutes>().Map(app);
}
