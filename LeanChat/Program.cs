using System.Globalization;
using LeanChat.Admins;
using LeanChat.Chats;
using LeanChat.Cli;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Operations;
using LeanChat.Pages;
using LeanChat.People;
using LeanChat.Storage.Sqlite;
using LeanChat.Storage;
using LeanChat.Transport;
using LeanChat.Web;
using Microsoft.AspNetCore.Connections;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace LeanChat;

/// <summary>The whole wiring: settings, services, routes, run.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => Commands.RunAsync(args);

    /// <summary>The server, ready to start. Throws <see cref="SettingsException"/> or <see cref="StorageException"/> with what to do about it.</summary>
    public static WebApplication Build(ServeOptions options, TimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // Nobody waits for appsettings.json to change; the watch on its folder would hear of every write to a database below it.
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. options.Configuration],
            ContentRootPath = options.ContentRoot,
        });
        var configured = CurrentSettings.Flatten(builder.Configuration);
        var settings = new Settings(configured.GetValueOrDefault);
        builder.WebHost.UseUrls(options.Urls ?? builder.Configuration["urls"] ?? "http://localhost:5080");
        builder.WebHost.UseKestrelHttpsConfiguration();
        // What a socket says is worked on where it was received, and what it is told is sent where it was said: no thread is
        // woken in between. So nothing may block there: SQLite has threads of its own.
        builder.Services.AddSingleton<IConnectionListenerFactory>(provider => new SocketTransport(
            provider.GetRequiredService<IMemoryPoolFactory<byte>>(), provider.GetRequiredService<ILogger<EventLoop>>(), provider.GetRequiredService<Database>().CommitAfter));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Bodies are measured where they are read, sockets counted at their door.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxConcurrentUpgradedConnections = null;
            kestrel.ConfigureEndpointDefaults(listen => listen.Use(SocketTransportConnection.Serve));
        });
        builder.Services.AddSerilog(log => Told(log, settings["Log:Format"])
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning)
            // A start that fails is told once, in one line, by the command line.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal));
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = TimeSpan.FromSeconds(4);
            // Nothing that a background loop runs into stops the server.
            host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore;
        });

        var services = builder.Services;
        services.AddSingleton(clock ?? TimeProvider.System);
        services.AddSingleton<Database>(provider => new SqliteDatabase(
            options.DataDirectory, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Database>>(), provider.GetRequiredService<Hub>().Batch, options.Alone));
        services.AddSingleton(provider => new CurrentSettings(configured, provider.GetRequiredService<Database>()));
        services.AddSingleton<Hub>().AddSingleton<ConcurrencyLimiter>();
        services.AddHostedService<SessionWatch>();
        services.AddSingleton<Sessions>().AddSingleton<Passwords>().AddSingleton<Origins>();
        services.AddSingleton<Outbox>().AddSingleton<Smtp>().AddSingleton<LetterLinks>().AddSingleton<UnsubscribePage>().AddHostedService<Mailer>();
        services.AddSingleton<WidgetSighting>().AddSingleton<Presence>().AddSingleton<Viewers>().AddSingleton<MessageRateLimit>().AddSingleton<SearchIndexer>()
            .AddSingleton<ChatCommands>().AddSingleton<UserCommands>().AddSingleton<ChatJoining>();
        services.AddSingleton<WebSocketAcceptor>().AddHostedService(provider => provider.GetRequiredService<WebSocketAcceptor>()).AddSingleton<ChatSocketEndpoint>().AddSingleton<ChatApi>().AddHostedService<Retention>().AddHostedService(provider => provider.GetRequiredService<SearchIndexer>());
        services.AddSingleton<AdminSignIn>().AddSingleton<AdminSocketEndpoint>().AddSingleton<UserApi>().AddSingleton<CannedReplyApi>();
        services.AddSingleton<SettingsApi>().AddSingleton<AdminMail>().AddHostedService<MailNews>().AddSingleton<AdminApi>();
        services.AddSingleton<PageAssets>().AddSingleton<AppManifest>().AddSingleton<Health>().AddSingleton<Metrics>();
        services.AddHostedService<IdleGarbageCollector>();
        services.AddSingleton<ScheduledBackups>().AddHostedService(provider => provider.GetRequiredService<ScheduledBackups>());

        var app = builder.Build();
        try
        {
            _ = app.Services.GetRequiredService<CurrentSettings>();
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }

        app.UseMiddleware<ForwardedMiddleware>();
        app.UseMiddleware<PathBaseMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<CorsMiddleware>();
        app.UseRouting();
        app.UseMiddleware<AccessFilter>();
        app.Services.GetRequiredService<PageAssets>().Map(app);
        app.Services.GetRequiredService<AppManifest>().Map(app);
        app.Services.GetRequiredService<Health>().Map(app);
        app.Services.GetRequiredService<Metrics>().Map(app);
        app.Services.GetRequiredService<UnsubscribePage>().Map(app);
        app.Services.GetRequiredService<ChatApi>().Map(app);
        app.Services.GetRequiredService<AdminApi>().Map(app);
        app.Map("/ws/chat", app.Services.GetRequiredService<ChatSocketEndpoint>().ServeAsync).WithMetadata(Access.ChatSocket);
        app.Map("/ws/admin", app.Services.GetRequiredService<AdminSocketEndpoint>().ServeAsync).WithMetadata(Access.AdminSocket);
        AccessFilter.RequireDecisions(app);
        var hub = app.Services.GetRequiredService<Hub>();
        app.Services.GetRequiredService<Outbox>().Settled += (chatId, letter) => hub.Publish(Presence.AdminTopic, ChatFrames.Letter(chatId, letter));
        app.Lifetime.ApplicationStopping.Register(() => hub.CloseAll(SocketFrames.GoingAway, CloseReason.Restarting));
        return app;
    }

    private static LoggerConfiguration Told(LoggerConfiguration log, string format) => format == "json"
        ? log.WriteTo.Console(new JsonFormatter(renderMessage: true), standardErrorFromLevel: LogEventLevel.Verbose)
        : log.WriteTo.Console(outputTemplate: "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {Message:lj} {RequestId}{NewLine}{Exception}", standardErrorFromLevel: LogEventLevel.Verbose, formatProvider: CultureInfo.InvariantCulture);
}

/// <summary>How to serve.</summary>
/// <param name="DataDirectory">Where the database lies.</param>
/// <param name="Urls">Addresses to listen on, separated by semicolons; null: as configured.</param>
/// <param name="Configuration">Settings from the command line, as `--LeanChat:Key=value`.</param>
/// <param name="ContentRoot">Where appsettings.json is looked for; null: the current directory.</param>
/// <param name="Alone">False for a command that works beside the server.</param>
internal sealed record ServeOptions(string DataDirectory, string? Urls, string[] Configuration, string? ContentRoot = null, bool Alone = true);
