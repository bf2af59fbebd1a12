using LeanChat.Files;
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
        .AddSingleton<ReplyTime>()
        .AddSingleton<Viewers>()
        .AddSingleton<MessageRateLimit>()
        .AddSingleton<ChatEvents>()
        .AddSingleton<ChatCommands>()
        .AddSingleton<ReadMarks>()
        .AddSingleton<DeskCommands>()
        .AddSingleton<MessageEdits>()
        .AddSingleton<Ratings>()
        .AddSingleton<Snoozes>()
        .AddHostedService(provider => provider.GetRequiredService<Snoozes>())
        .AddSingleton<MailFiles>()
        .AddSingleton<EmailReplies>()
        .AddHostedService<MailboxReader>()
        .AddSingleton<UserCommands>()
        .AddSingleton<ChatJoining>()
        .AddSingleton<ChatApi>()
        .AddSingleton<ChatConnections>()
        .AddSingleton<ChatSocketEndpoint>()
        .AddHostedService<PresenceWatch>()
        .AddHostedService(provider => provider.GetRequiredService<ReplyTime>())
        .AddHostedService<Retention>()
        .AddSingleton<SearchIndexer>()
        .AddHostedService(provider => provider.GetRequiredService<SearchIndexer>());

    public static void MapChats(this WebApplication app)
    {
        app.Services.GetRequiredService<ChatApi>().Map(app);
        app.Map("/ws/chat", app.Services.GetRequiredService<ChatSocketEndpoint>().ServeAsync).WithMetadata(Access.ChatSocket);
        var hub = app.Services.GetRequiredService<Hub>();
        app.Services.GetRequiredService<Outbox>().Changed += (tx, chatId, letter) => tx.AfterCommit(() =>
        {
            if (hub.HasListeners(Presence.AdminTopic))
                hub.Publish(Presence.AdminTopic, ChatFrames.Letter(chatId, letter));
        });
        app.Services.GetRequiredService<FileNews>().Refused += (chatId, file) =>
        {
            if (hub.HasListeners(Presence.AdminTopic))
                hub.Publish(Presence.AdminTopic, ChatFrames.AttachmentRefused(chatId, file));
        };
    }
}
