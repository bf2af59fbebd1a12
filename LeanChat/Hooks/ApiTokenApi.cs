using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Hooks;

/// <summary>The API of the tokens by which programs use the admin's side: list, make, end.</summary>
internal sealed class ApiTokenApi(Sessions sessions, ApiTokenUse use, Database database, CurrentSettings settings, TimeProvider clock)
{
    private const int NameLength = 100;

    private static readonly string[] Prefixes = ["/admin", "/api/admin"];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            var tokens = routes.MapGroup(prefix + "/tokens").WithMetadata(Access.Admin);
            tokens.MapGet("", (HttpContext context) => ListAsync(context));
            tokens.MapPost("", (HttpContext context) => AddAsync(context));
            tokens.MapDelete("/{id}", (HttpContext context) => RemoveAsync(context));
        }
    }

    private async Task ListAsync(HttpContext context)
    {
        var all = await database.ReadAsync(ApiTokenStore.All);
        await ApiResponse.Json(context, [.. all.Select(use.Complete)], HooksJson.Strict.IReadOnlyListApiToken);
    }

    private async Task AddAsync(HttpContext context)
    {
        if (!(await ApiResponse.ReadAsync(context, HooksJson.Strict.ApiTokenBody, settings.Value.Limits)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        DateTimeOffset end = default;
        if (Blank.Trim(NullCharacter.Drop(body.Name)) is not { } name || Excerpt.CodePoints(name) > NameLength)
            await ApiResponse.Refuse(context, ApiError.BadRequest($"`name` is required and has at most {NameLength} characters."));
        else if (body.ExpiresAt is { } text && (!UtcText.TryRead(text, out end) || end <= clock.GetUtcNow()))
            await ApiResponse.Refuse(
                context, ApiError.BadRequest("`expires_at` must be a time like 2026-11-22T09:19:49.414Z, later than now."));
        else
        {
            var (stored, token) = await database.WriteAsync(tx => sessions.AddToken(tx, name, body.ExpiresAt is null ? null : end));
            await ApiResponse.Json(
                context, new NewApiToken(stored.Id, stored.Name, token, stored.CreatedAt, stored.ExpiresAt), HooksJson.Strict.NewApiToken,
                StatusCodes.Status201Created);
        }
    }

    /// <summary>Ends a token, and with it its sockets.</summary>
    private async Task RemoveAsync(HttpContext context)
    {
        var id = context.Request.RouteValues["id"]!.ToString()!;
        await (await database.WriteAsync(tx => sessions.EndToken(tx, id))
            ? ApiResponse.NoContent(context)
            : ApiResponse.Refuse(context, ApiError.NotFound));
    }
}

/// <summary>What a new token is to be.</summary>
internal sealed record ApiTokenBody(string? Name, string? ExpiresAt);

/// <summary>A new token. This is the only time that it is told.</summary>
internal sealed record NewApiToken(string Id, string Name, string Token, string CreatedAt, string? ExpiresAt);
