using System.Text.Json;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Hooks;

/// <summary>The API of webhooks: list, add, change, remove, a new secret, a test, and what they were told.</summary>
internal sealed class WebhookApi(WebhookList hooks, WebhookRequest request, Database database, CurrentSettings settings, TimeProvider clock)
{
    private const int MaxHooks = 20;
    private const int UrlLength = 2000;

    private static readonly TimeSpan OldSecretLife = TimeSpan.FromDays(1);

    private static readonly string[] Prefixes = ["/admin", "/api/admin"];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            var all = routes.MapGroup(prefix + "/webhooks").WithMetadata(Access.Admin);
            all.MapGet("", (HttpContext context) => ListAsync(context));
            all.MapPost("", (HttpContext context) => AddAsync(context));
            all.MapPatch("/{id}", (HttpContext context) => ChangeAsync(context));
            all.MapDelete("/{id}", (HttpContext context) => RemoveAsync(context));
            all.MapPost("/{id}/secret", (HttpContext context) => RenewSecretAsync(context));
            all.MapPost("/{id}/test", (HttpContext context) => TestAsync(context));
            all.MapGet("/{id}/deliveries", (HttpContext context) => ListDeliveriesAsync(context));
            all.MapPost("/{id}/deliveries/{delivery}/resend", (HttpContext context) => ResendAsync(context));
        }
    }

    private async Task ListAsync(HttpContext context) => await ApiResponse.Json(
        context, [.. (await database.ReadAsync(WebhookStore.All)).Select(WebhookItem.Of)], HooksJson.Strict.IReadOnlyListWebhookItem);

    private async Task AddAsync(HttpContext context)
    {
        if (!(await ApiResponse.ReadAsync(context, HooksJson.Strict.WebhookBody, settings.Value.Limits)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        var secret = WebhookSignature.NewSecret();
        var outcome = await database.WriteAsync<Outcome<Webhook>>(tx =>
        {
            var id = tx.NewId();
            var blank = new Webhook(id, "", "", null, false, true, "", null, null, null, null, tx.At);
            if (!With(tx, blank, body).Is(out var hook, out var wrong))
                return wrong;
            if (hook.Url.Length == 0 || hook.Events.Length == 0)
                return ApiError.BadRequest("`url` and `events` are required.");
            if (WebhookStore.All(tx.Connection).Count >= MaxHooks)
                return ApiError.Conflict($"There can be at most {MaxHooks} webhooks. Remove one of them first.");
            WebhookStore.Add(tx, hook with { Secret = settings.Seal(WebhookRequest.SealOf(id), secret) });
            hooks.Changed(tx);
            return hook;
        });
        await (outcome.Is(out var added, out error)
            ? ApiResponse.Json(context, NewWebhook.Of(added, secret), HooksJson.Strict.NewWebhook, StatusCodes.Status201Created)
            : ApiResponse.Refuse(context, error));
    }

    private async Task ChangeAsync(HttpContext context)
    {
        var limits = settings.Value.Limits;
        if (await database.ReadAsync(connection => WebhookStore.Find(connection, Id(context))) is null)
            await ApiResponse.Refuse(context, ApiError.NotFound);
        else if ((await ApiResponse.ReadAsync(context, HooksJson.Strict.WebhookBody, limits)).Is(out var body, out var error))
            await ApiResponse.Of(context, await database.WriteAsync(tx => Change(tx, Id(context), body)), HooksJson.Strict.WebhookItem);
        else
            await ApiResponse.Refuse(context, error);
    }

    private Outcome<WebhookItem> Change(Transaction tx, string id, WebhookBody body)
    {
        if (WebhookStore.Find(tx.Connection, id) is not { } before)
            return ApiError.NotFound;
        if (!With(tx, before, body).Is(out var after, out var error))
            return error;
        WebhookStore.Change(tx, after);
        if (!after.Enabled)
            WebhookDeliveryStore.DropWaiting(tx, id);
        hooks.Changed(tx);
        return WebhookItem.Of(after);
    }

    private async Task RemoveAsync(HttpContext context)
    {
        var removed = await database.WriteAsync(tx =>
        {
            var found = WebhookStore.Remove(tx, Id(context));
            hooks.Changed(tx);
            return found;
        });
        await (removed ? ApiResponse.NoContent(context) : ApiResponse.Refuse(context, ApiError.NotFound));
    }

    /// <summary>Makes a new secret. Deliveries are signed by both for a day, so that the receiver can change over.</summary>
    private async Task RenewSecretAsync(HttpContext context)
    {
        var secret = WebhookSignature.NewSecret();
        var renewed = await database.WriteAsync(tx =>
        {
            WebhookStore.SetSecret(tx, Id(context), settings.Seal(WebhookRequest.SealOf(Id(context)), secret), tx.Now + OldSecretLife);
            hooks.Changed(tx);
            return WebhookStore.Find(tx.Connection, Id(context));
        });
        await (renewed is null
            ? ApiResponse.Refuse(context, ApiError.NotFound)
            : ApiResponse.Json(context, NewWebhook.Of(renewed, secret), HooksJson.Strict.NewWebhook));
    }

    /// <summary>Sends a `webhook.test`, once, now, also to one that is off.</summary>
    private async Task TestAsync(HttpContext context)
    {
        if (await database.ReadAsync(connection => WebhookStore.Find(connection, Id(context))) is not { } hook)
        {
            await ApiResponse.Refuse(context, ApiError.NotFound);
            return;
        }

        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        var body = EventBody.Of(
            id, "webhook.test", Text.UtcText.Of(clock.GetUtcNow()), new TestData("Hello from LeanChat"), HooksJson.Strict.TestData);
        var result = await request.SendAsync(hook, id, body, context.RequestAborted);
        await ApiResponse.Json(
            context, new WebhookTestResult(result.IsTaken, result.Status, result.Message), HooksJson.Strict.WebhookTestResult);
    }

    private async Task ListDeliveriesAsync(HttpContext context)
    {
        var newest = await database.ReadAsync(connection =>
            WebhookStore.Find(connection, Id(context)) is { } hook ? WebhookDeliveryStore.Newest(connection, hook.Id) : null);
        await (newest is null
            ? ApiResponse.Refuse(context, ApiError.NotFound)
            : ApiResponse.Json(context, newest, HooksJson.Strict.IReadOnlyListWebhookDeliveryItem));
    }

    private async Task ResendAsync(HttpContext context)
    {
        var delivery = context.Request.RouteValues["delivery"]!.ToString()!;
        var error = await database.WriteAsync(tx =>
        {
            if (WebhookStore.Find(tx.Connection, Id(context)) is not { } hook)
                return ApiError.NotFound;
            if (!hook.Enabled)
                return ApiError.Conflict("This webhook is off. Turn it on first.");
            if (!WebhookDeliveryStore.Resend(tx, hook.Id, delivery))
                return ApiError.NotFound;
            hooks.Added(tx);
            return null;
        });
        if (error is null)
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        else
            await ApiResponse.Refuse(context, error);
    }

    /// <summary>The webhook with what a body says; an error if that cannot be.</summary>
    private Outcome<Webhook> With(Transaction tx, Webhook hook, WebhookBody body)
    {
        if (body.Url is { } url)
        {
            if (url.Length > UrlLength)
                return ApiError.BadRequest($"`url` has at most {UrlLength} characters.");
            if (OutwardHttp.Complaint(url, settings.Value.Flag("Webhooks:AllowPrivate")) is { } complaint)
                return ApiError.BadRequest($"`url` {complaint}.");
            hook = hook with { Url = url };
        }

        if (body.Events is { } events)
        {
            if (events.Count == 0 || events.Any(each => !Webhook.Types.Contains(each)))
                return ApiError.BadRequest($"`events` must name at least one of {string.Join(", ", Webhook.Types)}.");
            hook = hook with { Events = string.Join(' ', Webhook.Types.Intersect(events)) };
        }

        if (body.TokenId.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.String))
            return ApiError.BadRequest("`token_id` must be the id of a token, or null.");
        if (body.TokenId.ValueKind != JsonValueKind.Undefined)
            hook = hook with { TokenId = body.TokenId.GetString() };
        if (hook.TokenId is { } tokenId && ApiTokenStore.Find(tx.Connection, tokenId) is null)
            return ApiError.BadRequest("`token_id` must be the id of a token that has not been ended.");
        var enabled = body.Enabled ?? hook.Enabled;
        return hook with
        {
            IncludeOwn = body.IncludeOwn ?? hook.IncludeOwn,
            Enabled = enabled,
            FailingSince = enabled && !hook.Enabled ? null : hook.FailingSince,
            Stopped = enabled ? null : hook.Stopped,
        };
    }

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]!.ToString()!;
}

/// <summary>What a webhook is to be; what is missing stays.</summary>
/// <param name="TokenId">A text or null: a missing one is told apart.</param>
internal sealed record WebhookBody(string? Url, IReadOnlyList<string>? Events, bool? IncludeOwn, JsonElement TokenId, bool? Enabled);

/// <summary>How a webhook answered a test.</summary>
internal sealed record WebhookTestResult(bool Ok, int? Status, string Message);
