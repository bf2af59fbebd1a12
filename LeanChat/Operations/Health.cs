using Dapper;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Operations;

/// <summary>/healthz: 200 if a write reaches the disk, else 503 with the reason.</summary>
internal sealed class Health(Database database)
{
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
            await database.WriteAsync(tx => tx.Connection.Execute(
                "insert into heartbeat (id, at) values (1, @at) on conflict (id) do update set at = excluded.at", new { at = tx.At }));
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
