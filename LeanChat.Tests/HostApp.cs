using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using LeanChat.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeanChat.Tests;

/// <summary>An application with a chat of its own making: it passes /api/support_chat and /ws/chat on to LeanChat, and
/// can lose the line.</summary>
internal sealed class HostApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LeanChatServer _server;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
    private readonly ConcurrentDictionary<CancellationTokenSource, bool> _lines = new();

    private HostApp(WebApplication app, LeanChatServer server) => (_app, _server) = (app, server);

    /// <summary>While false, nothing gets through.</summary>
    public bool Up { get; set; } = true;

    /// <summary>While false, sockets are refused, as some networks do.</summary>
    public bool Sockets { get; set; } = true;

    /// <summary>While true, what the server says on a socket is swallowed.</summary>
    public bool Deaf { get; set; }

    public string Origin => _app.Urls.First();

    /// <summary>Serves the pages by path, and `docs/` as it lies in the repository.</summary>
    public static async Task<HostApp> OpenAsync(LeanChatServer server, Dictionary<string, (string Type, string Text)> pages)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var host = new HostApp(app, server);
        app.UseWebSockets();
        app.Run(context => host.AnswerAsync(context, pages));
        await app.StartAsync();
        return host;
    }

    /// <summary>Cuts every open socket without a word.</summary>
    public void Cut()
    {
        foreach (var line in _lines.Keys)
            line.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task AnswerAsync(HttpContext context, Dictionary<string, (string Type, string Text)> pages)
    {
        var path = context.Request.Path.Value!;
        if (path.StartsWith("/api/support_chat", StringComparison.Ordinal) || path == "/ws/chat")
        {
            if (!Up)
                context.Response.StatusCode = StatusCodes.Status502BadGateway;
            else if (path == "/ws/chat")
                await (Sockets && context.WebSockets.IsWebSocketRequest ? JoinAsync(context) : RefuseAsync(context));
            else
                await PassAsync(context);
        }
        else
        {
            var (type, text) = pages.TryGetValue(path, out var page)
                ? page
                : ("text/javascript", await File.ReadAllTextAsync(Path.Combine(Root(), path.TrimStart('/'))));
            context.Response.ContentType = type + "; charset=utf-8";
            await context.Response.WriteAsync(text);
        }
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private async Task PassAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), _server.Origin + context.Request.Path + context.Request.QueryString);
        if (!HttpMethods.IsGet(context.Request.Method))
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        using var response = await _client.SendAsync(request);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (name != "Transfer-Encoding")
                context.Response.Headers[name] = values.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body);
    }

    private async Task JoinAsync(HttpContext context)
    {
        using var line = new CancellationTokenSource();
        using var inner = new ClientWebSocket();
        foreach (var name in (string[])["Host", "Origin", "Cookie"])
        {
            if (context.Request.Headers.TryGetValue(name, out var value))
                inner.Options.SetRequestHeader(name, value);
        }

        try
        {
            await inner.ConnectAsync(_server.Socket("/ws/chat" + context.Request.QueryString), line.Token);
        }
        catch (WebSocketException)
        {
            // Refused before the upgrade: so are we.
            await RefuseAsync(context);
            return;
        }

        using var outer = await context.WebSockets.AcceptWebSocketAsync();
        _lines[line] = true;
        try
        {
            await Task.WhenAll(PumpAsync(outer, inner, () => false, line), PumpAsync(inner, outer, () => Deaf, line));
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // Cut, or gone: that is what this line is for.
            outer.Abort();
        }
        finally
        {
            _lines.TryRemove(line, out _);
        }
    }

    private static async Task PumpAsync(WebSocket from, WebSocket to, Func<bool> swallowed, CancellationTokenSource line)
    {
        var buffer = new byte[65_536];
        while (true)
        {
            var part = await from.ReceiveAsync(buffer, line.Token);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await to.CloseOutputAsync(from.CloseStatus ?? WebSocketCloseStatus.NormalClosure, from.CloseStatusDescription, line.Token);
                return;
            }

            if (!swallowed())
                await to.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, line.Token);
        }
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetDirectoryName(Path.GetDirectoryName(here))!;
}
