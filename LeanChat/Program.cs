using System.Globalization;
using LeanChat.Admins;
using LeanChat.Chats;
using LeanChat.Lines;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
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
        builder.Services.AddSingleton<LineTransport>().AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<LineTransport>());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Bodies are measured where they are read, sockets counted at their door.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxConcurrentUpgradedConnections = null;
            kestrel.ConfigureEndpointDefaults(listen => listen.Use(LineConnection.Serve));
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
        services.AddSingleton(provider => new Database(options.DataDirectory, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Database>>(), options.Alone));
        services.AddSingleton(provider => new CurrentSettings(configured, provider.GetRequiredService<Database>()));
        services.AddSingleton<Hub>().AddSingleton<Seats>();
        services.AddHostedService<SessionWatch>();
        services.AddSingleton<Sessions>().AddSingleton<Passwords>().AddSingleton<Origins>().AddSingleton<Callers>();
        services.AddSingleton<Outbox>().AddSingleton<Smtp>().AddSingleton<Links>().AddSingleton<Unsubscribing>().AddHostedService<Mailer>();
        services.AddSingleton<WidgetSighting>().AddSingleton<Presence>().AddSingleton<Viewers>().AddSingleton<FloodGuard>().AddSingleton<SearchIndexer>().AddSingleton<ChatDesk>().AddSingleton<ChatJoining>();
        services.AddSingleton<SocketDoor>().AddHostedService(provider => provider.GetRequiredService<SocketDoor>()).AddSingleton<ChatSockets>().AddSingleton<ChatApi>().AddHostedService<Retention>().AddHostedService(provider => provider.GetRequiredService<SearchIndexer>());
        services.AddSingleton<AdminDoor>().AddSingleton<AdminSocket>().AddSingleton<UserFiles>().AddSingleton<CannedReplies>();
        services.AddSingleton<OwnerSettings>().AddSingleton<AdminMail>().AddHostedService<MailNews>().AddSingleton<AdminApi>();
        services.AddSingleton<Assets>().AddSingleton<AppManifest>().AddSingleton<Health>().AddSingleton<Metrics>();
        services.AddHostedService<Lull>();
        services.AddSingleton<BackupSchedule>().AddHostedService(provider => provider.GetRequiredService<BackupSchedule>());

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
        app.UseMiddleware<Edge>();
        app.UseRouting();
        app.Services.GetRequiredService<Assets>().Map(app);
        app.Services.GetRequiredService<AppManifest>().Map(app);
        app.Services.GetRequiredService<Health>().Map(app);
        app.Services.GetRequiredService<Metrics>().Map(app);
        app.Services.GetRequiredService<Unsubscribing>().Map(app);
        app.Services.GetRequiredService<ChatApi>().Map(app);
        app.Services.GetRequiredService<AdminApi>().Map(app);
        app.Map("/ws/chat", app.Services.GetRequiredService<ChatSockets>().ServeAsync).WithMetadata(Access.User);
        app.Map("/ws/admin", app.Services.GetRequiredService<AdminSocket>().ServeAsync).WithMetadata(Access.Admin);
        var hub = app.Services.GetRequiredService<Hub>();
        app.Services.GetRequiredService<Database>().Writer.Announcing = hub.Gather;
        app.Services.GetRequiredService<LineTransport>().Around = app.Services.GetRequiredService<Database>().Writer.Gather;
        app.Services.GetRequiredService<Outbox>().Settled += (chatId, letter) => hub.Publish(Presence.AdminTopic, Frames.Letter(chatId, letter));
        app.Lifetime.ApplicationStopping.Register(() => hub.Farewell(Frames.GoingAway, Goodbye.Restarting));
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
