using System.Net;
using LeanChat.Admins;
using LeanChat.Live;
using LeanChat.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LeanChat.Tests;

/// <summary>The real server on a port of its own, with a database file of its own and a clock that we turn by hand.</summary>
internal sealed class LeanChatServer : IAsyncDisposable
{
    private readonly string[] _settings;
    private WebApplication _app = null!;

    private LeanChatServer(string directory, string[] settings, FakeTimeProvider clock) =>
        (Directory, _settings, Clock) = (directory, settings, clock);

    public string Directory { get; }

    public FakeTimeProvider Clock { get; }

    public Uri Address { get; private set; } = null!;

    /// <summary>Our own origin, as a browser would say it.</summary>
    public string Origin => Address.GetLeftPart(UriPartial.Authority);

    public string? SetupToken { get; private set; }

    public Database Database => _app.Services.GetRequiredService<Database>();

    public Hub Hub => _app.Services.GetRequiredService<Hub>();

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Starts a server; settings as `Limits:Sockets=5`, without the leading `LeanChat:`.</summary>
    public static async Task<LeanChatServer> StartAsync(params string[] settings)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("leanchat-").FullName;
        var server = new LeanChatServer(directory, settings, new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero)));
        await server.RunAsync("http://127.0.0.1:0");
        return server;
    }

    /// <summary>Stops and starts again: same database, same port.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await RunAsync(Origin);
    }

    public async Task StopAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task RunAsync(string url)
    {
        _app = Program.Build(new ServeOptions(Directory, url, [.. _settings.Select(setting => "--LeanChat:" + setting)], Directory), Clock);
        SetupToken = await _app.Services.GetRequiredService<AdminDoor>().OfferSetupAsync();
        await _app.StartAsync();
        Address = new Uri(_app.Urls.First());
    }

    /// <summary>A visitor with a new session.</summary>
    public async Task<Visitor> VisitorAsync() => await new Visitor(this).ArriveAsync();

    /// <summary>A signed-in admin: the first by the set-up link, later ones by the command line's way.</summary>
    public async Task<Admin> AdminAsync(string email = "mia@example.com", string? name = "Mia")
    {
        if (await Database.ReadAsync(People.AdminAccounts.Any))
            (await Get<AdminDoor>().AddAsync(new Chats.NewAdminBody(email, Admin.Password, name))).Is(out _, out var refusal).Should().BeTrue(refusal?.Message);
        else
            return await new Admin(this, email).SetUpAsync(SetupToken!, name);
        return await new Admin(this, email).SignInAsync();
    }

    /// <summary>A plain HTTP client of nobody in particular; it keeps no cookies and follows no redirects.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = Address };

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
