namespace LeanChat.Web;

/// <summary>What all routes share.</summary>
internal static class WebSetup
{
    public static IServiceCollection AddWeb(this IServiceCollection services) => services
        .AddSingleton<Origins>()
        .AddSingleton<WebSocketAcceptor>()
        .AddHostedService(provider => provider.GetRequiredService<WebSocketAcceptor>());

    /// <summary>The middleware before routing, outermost first.</summary>
    public static void UseWeb(this WebApplication app)
    {
        app.UseMiddleware<ForwardedMiddleware>();
        app.UseMiddleware<PathBaseMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
    }

    /// <summary>Finds the route of a request, then checks whether the caller may use it.</summary>
    public static void UseAccessFilter(this WebApplication app)
    {
        app.UseRouting();
        app.UseMiddleware<AccessFilter>();
    }
}
