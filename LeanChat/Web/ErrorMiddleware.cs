using LeanChat.Storage;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Web;

/// <summary>The outermost middleware: adds common headers and turns every exception into an answer.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.GetCanonicalizedValue(context.Request.Method) != context.Request.Method)
        {
            // Methods are case-sensitive (RFC 9110 §9.1). ASP.NET takes hEAD for HEAD, Kestrel does not.
            await ApiResponse.Refuse(context, ApiError.BadRequest("Write the method in capitals."));
            return;
        }

        try
        {
            await next(context);
            await AnswerEmptyAsync(context);
        }
        catch (StorageException e) when (!context.Response.HasStarted)
        {
            await ApiResponse.Refuse(context, ApiError.Of(e));
        }
        catch (Exception e) when (context.Request.ContentLength > 0 && !context.Response.HasStarted
            && (e is ConnectionResetException or BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest }))
        {
            // The body ended before its Content-Length. The client is gone, and Kestrel closes such a connection only if it sees the
            // exception: otherwise it reads on, finds a read half begun and logs an error.
            if (e is ConnectionResetException)
                context.Abort();
            throw;
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            // The client sent invalid HTTP: it gets our error body, not Kestrel's.
            await ApiResponse.Refuse(context, e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ApiError.TooLarge
                : ApiError.BadRequest("This is not a valid HTTP request."));
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException
            || (e is IOException && context.RequestAborted.IsCancellationRequested))
        {
            // The client has disconnected.
        }
        catch (Exception e)
        {
            // Logged here, once; the client gets no details.
            LogFailed(e, context.Request.Method, context.GetEndpoint()?.DisplayName);
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                // Finds this request in the log.
                context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
                await ApiResponse.Refuse(context, ApiError.ServerError);
            }
        }
    }

    /// <summary>Adds an error body to routing's own answers, which have none.</summary>
    private static Task AnswerEmptyAsync(HttpContext context) => context.Response switch
    {
        { HasStarted: true } => Task.CompletedTask,
        { StatusCode: StatusCodes.Status404NotFound, ContentLength: null } => ApiResponse.Refuse(context, ApiError.NotFound),
        { StatusCode: StatusCodes.Status405MethodNotAllowed } => ApiResponse.Refuse(context, ApiError.MethodNotAllowed),
        { StatusCode: StatusCodes.Status400BadRequest, ContentLength: null } =>
            ApiResponse.Refuse(context, ApiError.BadRequest("This is not a valid request.")),
        _ => Task.CompletedTask,
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed")]
    private partial void LogFailed(Exception e, string method, string? route);
}
