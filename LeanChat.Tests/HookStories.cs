using System.Text.Json.Nodes;

namespace LeanChat.Tests;

/// <summary>What every story of webhooks needs: somebody who answers, somebody who asks, and a program that is told.</summary>
public abstract class HookStories : IAsyncLifetime
{
    private protected const string Absent = "01890000-0000-7000-8000-000000000000";

    private protected static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private protected static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private protected static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private protected static readonly string[] Everything =
    [
        "chat.created", "message.created", "message.updated", "chat.archived", "chat.restored", "user.identified", "user.erased",
        "rating.created", "letter.failed",
    ];

    private protected LeanChatServer Server { get; private set; } = null!;

    private protected Admin Mia { get; private set; } = null!;

    private protected Visitor Jo { get; private set; } = null!;

    private protected HookReceiver Receiver { get; private set; } = null!;

    private protected virtual string[] Settings => [];

    public async Task InitializeAsync()
    {
        Receiver = await HookReceiver.StartAsync();
        Server = await LeanChatServer.StartAsync(
        [
            "Limits:NewUsersPerHour=0", "Limits:MessagesPerMinute=0", "Webhooks:AllowPrivate=true", "IdentitySecret=" + Host.Secret,
            .. Settings,
        ]);
        Mia = await Server.AdminAsync();
        Jo = await Server.VisitorAsync();
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await Receiver.DisposeAsync();
        await EndAsync();
    }

    private protected virtual Task EndAsync() => Task.CompletedTask;

    /// <summary>Adds a webhook that is told of these, or of everything.</summary>
    private protected async Task<Hook> HookAsync(
        string[]? events = null, string? url = null, string? tokenId = null, bool includeOwn = false)
    {
        var made = await Mia.PostAsync(
            "/webhooks", new { url = url ?? Receiver.Url, events = events ?? Everything, token_id = tokenId, include_own = includeOwn });
        made.Status.Should().Be(201, made.Text);
        return new Hook((string)made.Json!["id"]!, (string)made.Json["secret"]!);
    }

    private protected async Task<JsonArray> DeliveriesAsync(Hook hook) =>
        (await Mia.GetAsync($"/webhooks/{hook.Id}/deliveries")).Json!.AsArray();

    /// <summary>The states of what a webhook was told, the newest first, once they are these.</summary>
    private protected async Task SettleAsync(Hook hook, params string[] states)
    {
        string[] seen = [];
        await Eventually.IsTrueAsync(
            async () => (seen = [.. (await DeliveriesAsync(hook)).Select(each => (string)each!["state"]!)]).SequenceEqual(states),
            what: "states " + string.Join(' ', states));
    }

    /// <summary>Waits until a delivery has failed so often, and the time of its next try is stored.</summary>
    private protected async Task TriedAsync(Hook hook, int attempts)
    {
        // While a try is on its way, the next one stands a little later, in case the server dies.
        var next = Text.UtcText.Of(Server.Clock.GetUtcNow() + Gaps[Math.Min(attempts, Gaps.Length) - 1]);
        await Eventually.IsTrueAsync(
            async () => (await DeliveriesAsync(hook)).Any(each => (int)each!["attempts"]! == attempts && each["error"] is not null
                && (string?)each["next_at"] is var at && (at is null || at == next)),
            what: $"{attempts} failed attempts");
    }

    private static readonly TimeSpan[] Gaps =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1),
    ];

    private protected async Task<JsonNode> ShownAsync(Hook hook) =>
        (await Mia.GetAsync("/webhooks")).Json!.AsArray().Single(each => (string)each!["id"]! == hook.Id)!;

    /// <summary>A webhook as a story knows it.</summary>
    internal sealed record Hook(string Id, string Secret);
}
