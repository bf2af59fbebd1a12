using System.Net;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Mail;

/// <summary>/unsubscribe: GET shows a button and changes nothing; POST acts, also at one click of a mail program (RFC 8058).</summary>
internal sealed class UnsubscribePage(LetterLinks links, Outbox outbox, Database database)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/unsubscribe").WithMetadata(Access.Public);
        open.MapMethods("", ["GET", "HEAD"], (HttpContext context) => ShowAsync(context));
        open.MapPost("", (HttpContext context) => ActAsync(context));
    }

    private async Task ShowAsync(HttpContext context)
    {
        if (await LetterOfAsync(context) is null)
            await UnknownAsync(context);
        else
            await PageAsync(context, 200, "No more letters?", "You will get no more e-mails about replies in this chat. The chat itself stays as it is.", withButton: true);
    }

    private async Task ActAsync(HttpContext context)
    {
        if (await LetterOfAsync(context) is not { } letterId)
        {
            await UnknownAsync(context);
            return;
        }

        await database.WriteAsync(tx =>
        {
            if (LetterReport.RecipientOf(tx.Connection, letterId) is { } address)
                outbox.Unsubscribe(tx, address);
            return true;
        });
        await PageAsync(context, 200, "Done.", "You will get no more letters from us.", withButton: false);
    }

    /// <summary>The letter whose link this is; null for a link that is not ours.</summary>
    private async Task<string?> LetterOfAsync(HttpContext context)
    {
        var (letterId, proof) = (context.Request.Query["letter"].ToString(), context.Request.Query["proof"].ToString());
        return letterId.Length is > 0 and <= 64 && await links.IsProofAsync(letterId, proof) ? letterId : null;
    }

    private static Task UnknownAsync(HttpContext context) =>
        PageAsync(context, 404, "This link is not complete.", "Open it again from the letter, all of it.", withButton: false);

    private static async Task PageAsync(HttpContext context, int status, string title, string text, bool withButton)
    {
        var (response, style) = (context.Response, Style);
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)))}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        var action = WebUtility.HtmlEncode(context.Request.QueryString.Value);
        var button = withButton ? $"<form method=\"post\" action=\"{context.Request.PathBase}/unsubscribe{action}\"><button>Unsubscribe</button></form>" : "";
        await response.WriteAsync(
            $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title><style>{style}</style></head>" +
            $"<body><main><h1>{title}</h1><p>{text}</p>{button}</main></body></html>", context.RequestAborted);
    }

    private const string Style =
        "body{margin:0;background:#F6F5F2;color:#1C1B19;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color-scheme:light dark}" +
        "main{max-width:28rem;margin:18vh auto 0;padding:0 24px}h1{font-size:20px;line-height:1.25;margin:0 0 8px}p{margin:0 0 24px;color:#5B574F}" +
        "button{font:inherit;font-weight:600;min-height:44px;padding:0 20px;border:0;border-radius:10px;background:#1F5FBF;color:#fff;cursor:pointer}" +
        "button:focus-visible{outline:2px solid #1F5FBF;outline-offset:2px}" +
        "@media(prefers-color-scheme:dark){body{background:#131211;color:#ECEAE5}p{color:#B0ABA1}button{background:#8AB4F8;color:#0B2447}}";
}
