using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using LeanChat.Proof;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LeanChat.Tests;

/// <summary>A program of the owner on a port of its own: it takes what webhooks send, or answers as a story wants.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HookReceiver(WebApplication app) => _app = app;

    public string Url => _app.Urls.First() + "/hook";

    /// <summary>All that came, also what was refused, in the order in which it came.</summary>
    public ConcurrentQueue<Event> All { get; } = new();

    /// <summary>How it answers, by what came; null: 204.</summary>
    public Func<Event, HttpContext, Task>? Answers { get; set; }

    public static async Task<HookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Ports.Free()}");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new HookReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>From now on it answers with this status.</summary>
    public void Answer(int status) => Answers = (_, context) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>What came, once there is so much; then nothing more had come.</summary>
    public async Task<IReadOnlyList<Event>> HeardAsync(int count)
    {
        await Eventually.IsTrueAsync(() => All.Count >= count, what: $"{count} events; heard: {string.Join(' ', All.Select(e => e.Type))}");
        All.Should().HaveCount(count);
        return [.. All];
    }

    /// <summary>The types of what came, once there is so much.</summary>
    public async Task<IEnumerable<string>> TypesAsync(int count) => (await HeardAsync(count)).Select(each => each.Type);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        var headers = context.Request.Headers.ToDictionary(each => each.Key, each => each.Value.ToString());
        var came = new Event(body, JsonNode.Parse(body)!, headers);
        All.Enqueue(came);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        if (Answers is { } answer)
            await answer(came, context);
    }

    /// <summary>One request.</summary>
    internal sealed record Event(string Body, JsonNode Json, IReadOnlyDictionary<string, string> Headers)
    {
        public string Id => (string)Json["id"]!;

        public string Type => (string)Json["type"]!;

        public JsonNode Data => Json["data"]!;

        /// <summary>The words of its message.</summary>
        public string Content => (string)Data["message"]!["content"]!;
    }
}
