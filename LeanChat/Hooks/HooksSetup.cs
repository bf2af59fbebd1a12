using LeanChat.Chats;
using LeanChat.Mail;

namespace LeanChat.Hooks;

/// <summary>What programs of the owner connect to: API tokens, webhooks.</summary>
internal static class HooksSetup
{
    public static IServiceCollection AddHooks(this IServiceCollection services) => services
        .AddSingleton<ApiTokenApi>()
        .AddSingleton<WebhookList>()
        .AddSingleton<EventWriter>()
        .AddSingleton<WebhookRequest>()
        .AddSingleton<WebhookStop>()
        .AddSingleton<WebhookApi>()
        .AddHostedService<WebhookSender>();

    public static void MapHooks(this WebApplication app)
    {
        app.Services.GetRequiredService<ApiTokenApi>().Map(app);
        app.Services.GetRequiredService<WebhookApi>().Map(app);
        var writer = app.Services.GetRequiredService<EventWriter>();
        var events = app.Services.GetRequiredService<ChatEvents>();
        events.Happened += writer.Write;
        events.Joining += writer.Move;
        app.Services.GetRequiredService<Outbox>().Changed += writer.Write;
    }
}
