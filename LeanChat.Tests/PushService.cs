using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeanChat.Tests;

/// <summary>A browser's push service on a port of its own: it takes what is sent to its devices, or says what a story wants.</summary>
internal sealed class PushService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, TestDevice> _devices = new();

    private PushService(WebApplication app) => _app = app;

    public static string[] Settings => ["Push:AllowPrivate=true"];

    /// <summary>What was asked of it, and how it answered.</summary>
    public ConcurrentQueue<Pushed> All { get; } = new();

    /// <summary>How it answers: null means 201.</summary>
    public Func<string, HttpContext, Task<bool>>? Answers { get; set; }

    public static async Task<PushService> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var service = new PushService(app);
        app.Run(service.TakeAsync);
        await app.StartAsync();
        return service;
    }

    public string Endpoint(string name) => $"{_app.Urls.First()}/send/{name}";

    /// <summary>What a browser's subscription for this device says.</summary>
    public object Subscription(string name) => _devices.GetOrAdd(name, _ => new TestDevice()).Subscription(Endpoint(name), name);

    /// <summary>Registers a device of this admin.</summary>
    public Task<Reply> RegisterAsync(Admin admin, string name) => admin.PostAsync("/push/devices", Subscription(name));

    /// <summary>The pushes that were taken, once there are so many.</summary>
    public async Task<IReadOnlyList<Pushed>> TakenAsync(int count)
    {
        await Eventually.IsTrueAsync(() => All.Count >= count);
        All.Should().HaveCount(count);
        return [.. All];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var device in _devices.Values)
            device.Dispose();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var name = context.Request.Path.Value!.Split('/')[^1];
        var text = _devices[name].Decrypt(body.ToArray());
        context.Response.StatusCode = StatusCodes.Status201Created;
        if (Answers is { } answer && !await answer(name, context))
            return;
        All.Enqueue(new Pushed(
            name, JsonNode.Parse(text)!, context.Request.Headers.ToDictionary(each => each.Key, each => each.Value.ToString())));
    }

    internal sealed record Pushed(string Device, JsonNode Message, IReadOnlyDictionary<string, string> Headers);
}
