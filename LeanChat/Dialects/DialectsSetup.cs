using LeanChat.Chats;
using LeanChat.Web;

namespace LeanChat.Dialects;

/// <summary>The same chat in other clients' languages: server-sent events, ActionCable, Pusher, Socket.IO.</summary>
internal static class DialectsSetup
{
    public static IServiceCollection AddDialects(this IServiceCollection services) => services
        .AddSingleton<DialectAcceptor>()
        .AddSingleton<EventStream>()
        .AddSingleton<ActionCable>()
        .AddSingleton<PusherSignature>()
        .AddSingleton<PusherEndpoint>()
        .AddSingleton<SocketIo>();

    public static void MapDialects(this WebApplication app)
    {
        var events = app.Services.GetRequiredService<EventStream>();
        foreach (var prefix in ChatApi.Prefixes)
            app.MapGet(prefix + "/events", (HttpContext context) => events.ServeUserAsync(context)).WithMetadata(Access.User);
        foreach (var prefix in (string[])["/admin", "/api/admin"])
            app.MapGet(prefix + "/events", (HttpContext context) => events.ServeAdminAsync(context)).WithMetadata(Access.Admin);
        app.Map("/cable", app.Services.GetRequiredService<ActionCable>().ServeAsync).WithMetadata(Access.DialectSocket);
        var pusher = app.Services.GetRequiredService<PusherEndpoint>();
        app.Map("/app/{key}", pusher.ServeAsync).WithMetadata(Access.DialectSocket);
        app.MapPost("/pusher/auth", (HttpContext context) => pusher.AuthorizeAsync(context)).WithMetadata(Access.User);
        app.MapPost("/broadcasting/auth", (HttpContext context) => pusher.AuthorizeAsync(context)).WithMetadata(Access.User);
        app.Map("/socket.io", app.Services.GetRequiredService<SocketIo>().ServeAsync).WithMetadata(Access.DialectSocket);
    }
}
