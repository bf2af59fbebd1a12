using LeanChat.Storage;
using Microsoft.AspNetCore.Connections;

namespace LeanChat.Web;

/// <summary>The outermost layer: headers that go everywhere, and an answer for whatever went wrong.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.GetCanonicalizedValue(context.Request.Method) != context.Request.Method)
        {
            // Methods are case-sensitive (RFC 9110 §9.1). ASP.NET would take hEAD for HEAD, Kestrel would not.
            await ApiResponse.Refuse(context, ApiError.BadRequest("Methods are written in capitals."));
            return;
        }

        try
        {
            await next(context);
            await AnswerEmptyAsync(context);
        }
        catch (StorageException e) when (!context.Response.HasStarted)
        {
            await ApiResponse.Refuse(context, e.Failure == StorageFailure.Full ? ApiError.StorageFull : ApiError.Overloaded);
        }
        catch (Exception e) when (context.Request.ContentLength > 0 && !context.Response.HasStarted
            && (e is ConnectionResetException or BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest }))
        {
            // The body ended before its length. Nobody is left to be answered, and Kestrel lets go of such a line only if it sees the
            // exception: else it reads on, finds the reader half begun and logs an error of ours.
            if (e is ConnectionResetException)
                context.Abort();
            throw;
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            // The client broke HTTP: it gets our words for it, not Kestrel's.
            await ApiResponse.Refuse(context, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? ApiError.TooLarge : ApiError.BadRequest("That is no valid HTTP request."));
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException || (e is IOException && context.RequestAborted.IsCancellationRequested))
        {
            // The client has gone; nobody is left to be answered.
        }
        catch (Exception e)
        {
            // Logged here, once; no word of it leaves the server.
            LogFailed(e, context.Request.Method, context.GetEndpoint()?.DisplayName);
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                // Under this name the log tells what happened.
                context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
                await ApiResponse.Refuse(context, ApiError.ServerError);
            }
        }
    }

    /// <summary>Routing's own answers have no body; every error has one here.</summary>
    private static Task AnswerEmptyAsync(HttpContext context) => context.Response switch
    {
        { HasStarted: true } => Task.CompletedTask,
        { StatusCode: StatusCodes.Status404NotFound, ContentLength: null } => ApiResponse.Refuse(context, ApiError.NotFound),
        { StatusCode: StatusCodes.Status405MethodNotAllowed } => ApiResponse.Refuse(context, ApiError.MethodNotAllowed),
        { StatusCode: StatusCodes.Status400BadRequest, ContentLength: null } => ApiResponse.Refuse(context, ApiError.BadRequest("That is no valid request.")),
        _ => Task.CompletedTask,
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed")]
    private partial void LogFailed(Exception e, string method, string? route);
}
