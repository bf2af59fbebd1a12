using System.Globalization;
using LeanChat.Admins;
using LeanChat.Chats;
using LeanChat.Cli;
using LeanChat.Configuration;
using LeanChat.Dialects;
using LeanChat.Files;
using LeanChat.Hooks;
using LeanChat.Live;
using LeanChat.Mail;
using LeanChat.Operations;
using LeanChat.Pages;
using LeanChat.People;
using LeanChat.Push;
using LeanChat.Storage;
using LeanChat.Transport;
using LeanChat.Web;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace LeanChat;

/// <summary>The whole wiring: every room is added, then mapped.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => Commands.RunAsync(args);

    /// <summary>
    /// The server, ready to start. Throws <see cref="SettingsException"/> or <see cref="StorageException"/>
    /// with what to do about it.
    /// </summary>
    public static WebApplication Build(ServeOptions options, TimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // Watching the folder of appsettings.json would wake us for every write to a database below it.
            Args = ["--hostBuilder:reloadConfigOnChange=false", .. options.Configuration],
            ContentRootPath = options.ContentRoot,
        });
        var configured = CurrentSettings.Flatten(builder.Configuration);
        var settings = new Settings(configured.GetValueOrDefault);
        builder.WebHost.UseUrls(options.Urls ?? builder.Configuration["urls"] ?? "http://localhost:5080");
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(ConfigureKestrel);
        builder.Services
            .AddSerilog(log => ConfigureLog(log, settings["Log:Format"]))
            .Configure<HostOptions>(ConfigureHost)
            .AddSingleton(clock ?? TimeProvider.System)
            .AddTransport(settings.Flag("Tuning:OwnSockets"))
            .AddStorage(options.DataDirectory, options.Alone, aroundAfterCommit: provider => provider.GetRequiredService<Hub>().Batch)
            .AddLive().AddCurrentSettings(configured).AddPeople().AddWeb().AddFiles().AddMail().AddPush().AddChats().AddAdmins().AddHooks()
            .AddDialects().AddPages().AddOperations();

        var app = builder.Build();
        OpenDatabase(app);
        app.UseWeb();
        app.UseMiddleware<CorsMiddleware>();
        app.UseAccessFilter();
        app.MapFiles();
        app.MapMail();
        app.MapPush();
        app.MapChats();
        app.MapAdmins();
        app.MapHooks();
        app.MapDialects();
        app.MapPages();
        app.MapOperations();
        AccessFilter.RequireDecisions(app);
        var hub = app.Services.GetRequiredService<Hub>();
        app.Lifetime.ApplicationStopping.Register(() => hub.CloseAll(SocketFrames.GoingAway, CloseReason.Restarting));
        return app;
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // Bodies are measured where they are read, sockets are counted by the acceptor.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        // Many uploads at the same time must not cost a megabyte each.
        kestrel.Limits.MaxRequestBufferSize = 128 << 10;
        kestrel.Limits.MaxConcurrentUpgradedConnections = null;
        kestrel.ConfigureEndpointDefaults(listen => listen.Use(SocketTransportConnection.Serve));
    }

    private static void ConfigureHost(HostOptions host)
    {
        host.ShutdownTimeout = TimeSpan.FromSeconds(4);
        // Nothing that a background loop runs into stops the server.
        host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore;
    }

    private static void ConfigureLog(LoggerConfiguration log, string format)
    {
        const string line = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {Message:lj} {RequestId}{NewLine}{Exception}";
        var sink = format == "json"
            ? log.WriteTo.Console(new JsonFormatter(renderMessage: true), standardErrorFromLevel: LogEventLevel.Verbose)
            : log.WriteTo.Console(LogEventLevel.Verbose, line, CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose);
        sink.MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning)
            // A start that fails is told once, in one line, by the command line.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal);
    }

    /// <summary>Opens the database now, so that what is wrong with it is thrown here.</summary>
    private static void OpenDatabase(WebApplication app)
    {
        try
        {
            _ = app.Services.GetRequiredService<CurrentSettings>();
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
    }
}
