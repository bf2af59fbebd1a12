using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Operations;

/// <summary>/healthz: 200 if a write reaches the disk, else 503 with the reason.</summary>
internal sealed class Health(Database database)
{
    /// <summary>Adds the route.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/healthz", ["GET", "HEAD"], (HttpContext context) => CheckAsync(context)).WithMetadata(Access.Public);

    private async Task CheckAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/plain; charset=utf-8";
        var failure = await FailureAsync();
        context.Response.StatusCode = failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        if (failure is not null)
            context.Response.Headers.RetryAfter = "10";
        await context.Response.WriteAsync(failure ?? "ok", context.RequestAborted);
    }

    private async Task<string?> FailureAsync()
    {
        try
        {
            await database.WriteAsync(HeartbeatStore.Beat);
            return null;
        }
        catch (StorageException e)
        {
            return e.Failure == StorageFailure.Full ? "storage_full: the disk is full" : "overloaded: too many writes are waiting";
        }
        catch (System.Data.Common.DbException)
        {
            // Already logged where it failed.
            return "server_error: the database cannot be written";
        }
    }
}
