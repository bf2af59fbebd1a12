using System.Globalization;
using LeanChat.Storage;
using LeanChat.Web;
using Microsoft.Net.Http.Headers;

namespace LeanChat.Files;

/// <summary>`/files/…`: the bytes, for whoever has the address.</summary>
internal sealed class FileRoutes(Database database, FileAddresses addresses)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/files/{id}/{name}", [HttpMethods.Get, HttpMethods.Head], (HttpContext context) => ServeAsync(context))
            .WithMetadata(Access.Public);

    private async Task ServeAsync(HttpContext context)
    {
        var (id, query) = (context.Request.RouteValues["id"]!.ToString()!, context.Request.Query);
        if (addresses.Left(id, query["until"], query["key"]) is not { } left
            || await database.ReadAsync(connection => AttachmentStore.FindStored(connection, id)) is not { } file)
        {
            await ApiResponse.Refuse(context, ApiError.NotFound);
            return;
        }

        SetHeaders(context.Response.Headers, file, left);
        // Ranges of another unit are passed over (RFC 9110 §14.2), which ASP.NET does not check.
        if (!context.Request.Headers.Range.ToString().StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
            context.Request.Headers.Remove(HeaderNames.Range);
        var bytes = TypedResults.Stream(
            new ChunkStream(new FileBytes(database, id, file.Size)), file.Type, entityTag: new EntityTagHeaderValue($"\"{id}\""),
            enableRangeProcessing: true);
        try
        {
            await bytes.ExecuteAsync(context);
        }
        catch (FileGoneException)
        {
            // A part of it was sent, or at least its length: the client must not take that for the whole.
            context.Abort();
        }
    }

    private static void SetHeaders(IHeaderDictionary headers, KeptAttachment file, TimeSpan left)
    {
        headers.CacheControl = string.Create(CultureInfo.InvariantCulture, $"private, max-age={(long)left.TotalSeconds}, immutable");
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers["Referrer-Policy"] = "no-referrer";
        // RFC 6266, with the name as RFC 8187 says.
        var disposition = new ContentDispositionHeaderValue(FileTypes.IsShown(file.Type) ? "inline" : "attachment");
        disposition.SetHttpFileName(file.Name);
        headers.ContentDisposition = disposition.ToString();
    }
}
