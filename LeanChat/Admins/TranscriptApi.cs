using System.Globalization;
using System.Text;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>A whole chat to print or to keep, as a page or as text. It has no notes, no addresses of admins, and nothing deleted.</summary>
internal sealed class TranscriptApi(Database database, FileAddresses addresses, CurrentSettings settings)
{
    public async Task ShowAsync(HttpContext context, Session session)
    {
        var id = context.Request.RouteValues["id"]!.ToString()!;
        var transcript = await database.ReadAsync(connection =>
            ChatStore.Find(connection, id) is { } chat
                ? new Transcript(chat, MessageStore.After(connection, addresses, chat, 0, int.MaxValue), settings.Value)
                : null);
        var format = context.Request.Query["format"].ToString();
        if (transcript is null)
            await ApiResponse.Refuse(context, ApiError.NotFound);
        else if (format is "" or "html")
            await SendAsync(context, transcript.ToHtml(), "text/html; charset=utf-8", "html");
        else if (format == "txt")
            await SendAsync(context, transcript.ToText(), "text/plain; charset=utf-8", "txt");
        else
            await ApiResponse.Refuse(context, ApiError.BadRequest("`format` must be html or txt."));
    }

    private static async Task SendAsync(HttpContext context, string text, string type, string ending)
    {
        var (headers, body) = (context.Response.Headers, Encoding.UTF8.GetBytes(text));
        headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src {Transcript.StyleHash}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        headers.CacheControl = "no-store";
        headers.ContentDisposition = $"inline; filename=\"conversation.{ending}\"";
        headers["Referrer-Policy"] = "no-referrer";
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
