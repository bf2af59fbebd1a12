using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>Chats, the user's HTTP side, and /ws/chat.</summary>
internal static class ChatSetup
{
    public static IServiceCollection AddChats(this IServiceCollection services) => services
        .AddSingleton<WidgetSighting>()
        .AddSingleton<Presence>()
        .AddSingleton<Viewers>()
        .AddSingleton<MessageRateLimit>()
        .AddSingleton<ChatCommands>()
        .AddSingleton<UserCommands>()
        .AddSingleton<ChatJoining>()
        .AddSingleton<ChatApi>()
        .AddSingleton<ChatSocketEndpoint>()
        .AddHostedService<PresenceWatch>()
        .AddHostedService<Retention>()
        .AddSingleton<SearchIndexer>()
        .AddHostedService(provider => provider.GetRequiredService<SearchIndexer>());

    public static void MapChats(this WebApplication app)
    {
        app.Services.GetRequiredService<ChatApi>().Map(app);
        app.Map("/ws/chat", app.Services.GetRequiredService<ChatSocketEndpoint>().ServeAsync).WithMetadata(Access.ChatSocket);
        var hub = app.Services.GetRequiredService<Hub>();
        app.Services.GetRequiredService<Outbox>().Settled +=
            (chatId, letter) => hub.Publish(Presence.AdminTopic, ChatFrames.Letter(chatId, letter));
    }
}
