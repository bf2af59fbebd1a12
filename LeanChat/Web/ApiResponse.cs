using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LeanChat.Configuration;
using LeanChat.Text;

namespace LeanChat.Web;

/// <summary>Writes the answers of every route, and reads request bodies and query numbers.</summary>
internal static class ApiResponse
{
    /// <summary>Answers with the value of an outcome, or its error.</summary>
    public static Task Of<T>(HttpContext context, Outcome<T> outcome, JsonTypeInfo<T> type, int status = 200) =>
        outcome.Is(out var value, out var error) ? Json(context, value, type, status) : Refuse(context, error);

    public static async Task Json<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = 200)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        // Exact case: Kestrel treats only HEAD as bodiless.
        if (context.Request.Method != HttpMethods.Head)
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static Task NoContent(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    public static Task Refuse(HttpContext context, ApiError error)
    {
        if (error.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Json(context, new ErrorBody(error.Code, error.Message), WebJson.Strict.ErrorBody, error.Status);
    }

    /// <summary>Reads the body as one JSON object of the right shape, within the limits of size and time.</summary>
    public static async Task<Outcome<T>> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, Limits limits)
        where T : class =>
        !(await ReadBytesAsync(context, limits)).Is(out var whole, out var error) ? error
        : StrictJson.TryRead(whole, type) is { } value ? value
        : ApiError.BadRequest("The body must be a JSON object as documented, without duplicate keys.");

    /// <summary>Reads the body within the limits of size and time.</summary>
    public static async Task<Outcome<byte[]>> ReadBytesAsync(HttpContext context, Limits limits)
    {
        if (limits.FrameBytes > 0 && context.Request.ContentLength > limits.FrameBytes)
            return ApiError.TooLarge;
        var reader = context.Request.BodyReader;
        var late = false;
        using var deadline = new Timer(
            _ =>
            {
                late = true;
                reader.CancelPendingRead();
            },
            null, limits.FrameTime, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                // No token: a cancelled read stays half begun, which Kestrel reports as an error. Kestrel ends the read when the
                // connection breaks.
                var part = await reader.ReadAsync(CancellationToken.None);
                var tooLarge = limits.FrameBytes > 0 && part.Buffer.Length > limits.FrameBytes;
                var whole = part.IsCompleted && !tooLarge ? part.Buffer.ToArray() : null;
                reader.AdvanceTo(whole is null && !late && !tooLarge ? part.Buffer.Start : part.Buffer.End, part.Buffer.End);
                if (tooLarge)
                    return ApiError.TooLarge;
                if (whole is not null)
                    return whole;
                if (late)
                    return ApiError.BadRequest("The body did not arrive in time.");
            }
        }
        catch (IOException) when (context.Request.ContentLength is null && !context.RequestAborted.IsCancellationRequested)
        {
            // The body is not valid HTTP: a bad chunk, for example.
            return ApiError.BadRequest("This is not a valid HTTP request.");
        }
    }

    /// <summary>Reads an optional number from the query; false unless it is whole and not negative.</summary>
    public static bool TryNumber(HttpContext context, string name, out long? number)
    {
        number = null;
        if (!context.Request.Query.TryGetValue(name, out var text))
            return true;
        if (!long.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        number = value;
        return true;
    }

    /// <summary>Reads an optional time from the query, as it is stored; false unless it is one like 2026-11-22T09:19:49.414Z.</summary>
    public static bool TryTime(HttpContext context, string name, out string? time)
    {
        time = null;
        if (!context.Request.Query.TryGetValue(name, out var text))
            return true;
        if (!UtcText.TryRead(text.ToString(), out var read))
            return false;
        time = UtcText.Of(read);
        return true;
    }
}
