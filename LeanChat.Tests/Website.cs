using LeanChat.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeanChat.Tests;

/// <summary>Somebody's website on an origin of its own, with pages that include the widget.</summary>
internal sealed class Website : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Website(WebApplication app) => _app = app;

    /// <summary>A shop whose page includes the widget of the server.</summary>
    public static Task<Website> ShopAsync(LeanChatServer server, string title = "Shop", string? csp = null) => OpenAsync(
        $"""
        <!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>
        <script async src="{server.Origin}/widget.js"></script>
        """, csp);

    /// <summary>Every path answers with the same page, but for those of the files, scripts by their ending; `{csp}` is sent
    /// as its content security policy.</summary>
    public static async Task<Website> OpenAsync(string html, string? csp = null, IReadOnlyDictionary<string, string>? files = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async context =>
        {
            if (csp is not null)
                context.Response.Headers.ContentSecurityPolicy = csp;
            var path = context.Request.Path.Value!;
            context.Response.ContentType = path.EndsWith(".js", StringComparison.Ordinal)
                ? "text/javascript; charset=utf-8"
                : "text/html; charset=utf-8";
            await context.Response.WriteAsync(files?.GetValueOrDefault(path) ?? html);
        });
        await app.StartAsync();
        return new Website(app);
    }

    /// <summary>The origin: localhost, where the server is 127.0.0.1, so that the two are strangers to the browser.</summary>
    public string Origin => _app.Urls.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
