using System.Net;
using System.Security.Cryptography;
using System.Text;
using LeanChat.Configuration;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Mail;

/// <summary>/unsubscribe: GET shows a button and changes nothing; POST unsubscribes, also in one click (RFC 8058).</summary>
internal sealed class UnsubscribePage(LetterLinks links, SilentAddresses silent, Database database, CurrentSettings settings)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/unsubscribe").WithMetadata(Access.Public);
        open.MapMethods("", ["GET", "HEAD"], (HttpContext context) => ShowAsync(context));
        open.MapPost("", (HttpContext context) => ActAsync(context));
    }

    private async Task ShowAsync(HttpContext context)
    {
        if (await LetterOfAsync(context) is not { } letterId)
        {
            await UnknownAsync(context);
            return;
        }

        var words = Words(context, await database.ReadAsync(connection => UnseenStore.UserOfLetter(connection, letterId)));
        await PageAsync(context, 200, words, words.StopTitle, words.StopText, withButton: true);
    }

    private async Task ActAsync(HttpContext context)
    {
        if (await LetterOfAsync(context) is not { } letterId)
        {
            await UnknownAsync(context);
            return;
        }

        var words = Words(context, await database.WriteAsync(tx =>
        {
            var user = UnseenStore.UserOfLetter(tx.Connection, letterId);
            if (user?.Email is { } address)
                silent.Unsubscribe(tx, address);
            return user;
        }));
        await PageAsync(context, 200, words, words.StoppedTitle, words.StoppedText, withButton: false);
    }

    /// <summary>The texts in the language of the letter; for a link that is not ours, in the browser's.</summary>
    private LetterWords Words(HttpContext context, UnseenStore.Addressee? user) => LetterWords.In(
        user?.Language, settings.Value["Widget:Locale"], user?.Locale, context.Request.Headers.AcceptLanguage.ToString());

    /// <summary>The id of the letter that this link came from; null for a link that is not ours.</summary>
    private async Task<string?> LetterOfAsync(HttpContext context)
    {
        var (letterId, proof) = (context.Request.Query["letter"].ToString(), context.Request.Query["proof"].ToString());
        return letterId.Length is > 0 and <= 64 && await links.IsProofAsync(letterId, proof) ? letterId : null;
    }

    private Task UnknownAsync(HttpContext context)
    {
        var words = Words(context, null);
        return PageAsync(context, 404, words, words.IncompleteTitle, words.IncompleteText, withButton: false);
    }

    private async Task PageAsync(HttpContext context, int status, LetterWords words, string title, string text, bool withButton)
    {
        var response = context.Response;
        var heading = WebUtility.HtmlEncode(title.Replace("{shop}", settings.Value.AppName, StringComparison.Ordinal));
        var styleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'sha256-{styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        var action = WebUtility.HtmlEncode(context.Request.QueryString.Value);
        var label = WebUtility.HtmlEncode(words.Unsubscribe);
        var button = withButton
            ? $"<form method=\"post\" action=\"{context.Request.PathBase}/unsubscribe{action}\"><button>{label}</button></form>"
            : "";
        await response.WriteAsync(
            $"<!doctype html><html lang=\"{words.Language}\" dir=\"{words.Direction}\"><head><meta charset=\"utf-8\">" +
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">" +
            $"<title>{heading}</title><style>{Style}</style></head>" +
            $"<body><main><h1>{heading}</h1><p>{WebUtility.HtmlEncode(text)}</p>{button}</main></body></html>", context.RequestAborted);
    }

    private const string Style =
        "body{margin:0;background:#F6F5F2;color:#1C1B19;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;" +
        "color-scheme:light dark}main{max-width:28rem;margin:18vh auto 0;padding:0 24px}" +
        "h1{font-size:20px;line-height:1.25;margin:0 0 8px;overflow-wrap:anywhere}p{margin:0 0 24px;color:#5B574F}" +
        "button{font:inherit;font-weight:600;min-height:44px;padding:0 20px;border:0;border-radius:10px;background:#1F5FBF;" +
        "color:#fff;cursor:pointer}" +
        "button:focus-visible{outline:2px solid #1F5FBF;outline-offset:2px}" +
        "@media(prefers-color-scheme:dark){body{background:#131211;color:#ECEAE5}p{color:#B0ABA1}button{background:#8AB4F8;color:#0B2447}}";
}
