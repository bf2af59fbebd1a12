using System.Buffers;
using LeanChat.Configuration;
using LeanChat.Web;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Files;

/// <summary>An upload over HTTP: the body is the file.</summary>
internal sealed class UploadRequest(Uploads uploads, CurrentSettings settings)
{
    /// <summary>A client must send at least this many bytes a second.</summary>
    private const int LeastBytesPerSecond = 1 << 10;

    /// <summary>Takes the body of a request as a file, and answers.</summary>
    public async Task ServeAsync(HttpContext context, Uploader uploader)
    {
        if ((await TakeAsync(context, uploader)).Is(out var file, out var error))
            await ApiResponse.Json(context, file, FilesJson.Strict.Attachment, StatusCodes.Status201Created);
        else
            await RefuseAsync(context, error);
    }

    /// <summary>Refuses a request. A client that is still sending gets the answer: Kestrel drops the rest for a while.</summary>
    public static Task RefuseAsync(HttpContext context, ApiError error)
    {
        context.Response.Headers.Connection = "close";
        return ApiResponse.Refuse(context, error);
    }

    private async Task<Outcome<Attachment>> TakeAsync(HttpContext context, Uploader uploader)
    {
        var (name, length) = (context.Request.Query["name"], context.Request.ContentLength);
        if (!(await uploads.BeginAsync(uploader, name, length)).Is(out var upload, out var no))
            return no;
        await using (upload)
            return await ReadAsync(context, upload) is { } error ? error : await upload.CompleteAsync();
    }

    private async Task<ApiError?> ReadAsync(HttpContext context, Upload upload)
    {
        var reader = context.Request.BodyReader;
        using var pace = new Pace(reader, settings.Value.Limits.FrameTime, settings.Value.Files.Time, LeastBytesPerSecond);
        try
        {
            while (true)
            {
                // No token: a cancelled read stays half begun, which Kestrel reports as an error.
                pace.Wait();
                var part = await reader.ReadAsync(CancellationToken.None);
                pace.Count(part.Buffer.Length);
                ApiError? error = null;
                if (pace.IsLate)
                    error = ApiError.BadRequest("The file did not arrive in time.");
                foreach (var piece in part.Buffer)
                    error ??= await upload.AppendAsync(piece);
                reader.AdvanceTo(part.Buffer.End);
                if (error is not null || part.IsCompleted)
                    return error;
            }
        }
        catch (IOException) when (context.Request.ContentLength is null && !context.RequestAborted.IsCancellationRequested)
        {
            // The body is not valid HTTP: a bad chunk, for example.
            return ApiError.BadRequest("This is not a valid HTTP request.");
        }
    }
}
