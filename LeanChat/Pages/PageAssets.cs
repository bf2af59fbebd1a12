using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Pages;

/// <summary>
/// Serves widget.js, the pages and the API description from the binary: settings filled in, compressed once, with an ETag.
/// </summary>
internal sealed class PageAssets(
    CurrentSettings settings, Presence presence, ReplyTime replyTime, Origins origins, WidgetSighting sighting, Outbox outbox,
    TimeProvider clock)
{
    private const string SettingsMark = "/*<settings>*/{}/*</settings>*/";

    /// <summary>What the widget loads where no WebSocket gets through.</summary>
    private static readonly Lazy<string> StreamSource = new(
        () => Minifier.MinifyModule(Compactor.Script(Served(Bundle.Of("stream.js", Source))), "streamOf"));

    private const string DashboardEntry = "dashboard/main.js";

    /// <summary>The widget and what only its open panel needs. Made at the first request, so that it does not delay the start.</summary>
    private static readonly Lazy<(string Page, string Panel)> WidgetSource = new(() =>
    {
        var (page, panel) = Compactor.ShortenProperties(
            Compactor.Script(Embedded("widget.js")), Compactor.Script(Served(Bundle.Of("panel.js", Source))));
        return (Minifier.Minify(page), Minifier.MinifyModule(panel, "panelOf"));
    });

    /// <summary>The dashboard and the part that comes when settings or numbers are first opened.</summary>
    private static readonly Lazy<(string Page, string Part, string Version)> DashboardSource = new(() =>
    {
        var (entry, part) = Bundle.Split(DashboardEntry, "dashboard/onDemandPart.js", "onDemandPart", Source);
        var script = Minifier.MinifyModule(Compactor.Script(Served(part)), "load");
        var version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)).AsSpan(0, 6));
        var page = Compactor.Page(Embedded("admin.html")).Replace(
            $"<script type=\"module\" src=\"{DashboardEntry}\">",
            Asset.ModuleTag + Minifier.Minify($"(()=>{{{Compactor.Script(Served(entry))}}})()"),
            StringComparison.Ordinal);
        return (page.Replace("/*<version>*//*</version>*/", version, StringComparison.Ordinal), script, version);
    });

    private static readonly string DemoSource = Embedded("demo.html");
    private static readonly string ChatSource = Embedded("chat.html");
    private static readonly string ApiSource = Embedded("openapi.json");

    /// <summary>Compressed variants that are kept: every language, with and without an admin online, and some more.</summary>
    private const int KeptAtMost = 128;

    private readonly ConcurrentDictionary<string, Asset> _assets = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        string[] readable = ["GET", "HEAD"];
        var open = routes.MapGroup("").WithMetadata(Access.Public);
        open.MapMethods("/widget.js", readable, (HttpContext context) => WidgetAsync(context));
        open.MapMethods("/admin", readable, (HttpContext context) => AdminAsync(context));
        open.MapMethods("/admin/worker.js", readable, (HttpContext context) => WorkerAsync(context));
        open.MapMethods("/chat", readable, (HttpContext context) => PageAsync(context, ChatSource));
        open.MapMethods("/", readable, (HttpContext context) => PageAsync(context, DemoSource));
        open.MapMethods("/openapi/v1.json", readable, (HttpContext context) => DescribeAsync(context));
    }

    private Task WidgetAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "public, max-age=300, stale-while-revalidate=86400";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        // So that the widget sees whether it came out of the browser's cache.
        context.Response.Headers["Timing-Allow-Origin"] = "*";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        var query = context.Request.Query;
        return query["words"].ToString() is { Length: > 0 } wanted ? WordsAsync(context, wanted)
            : query["panel"].ToString() is { Length: > 0 } languages ? PanelAsync(context, languages)
            : query.ContainsKey("settings") ? SettingsAsync(context)
            : query.ContainsKey("stream") ? AssetResponse.SendAsync(
                context, Make("stream", () => StreamSource.Value), "text/javascript; charset=utf-8")
            : ScriptAsync(context);
    }

    /// <summary>
    /// The settings alone, as the frame `settings` has them. Asked with the ETag of what is known: a change is seen at once, although the
    /// script itself is cached.
    /// </summary>
    private Task SettingsAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-cache";
        var now = WidgetSettings.Live(settings.Value, presence, replyTime, clock.GetUtcNow());
        var json = JsonSerializer.Serialize(now, PageJson.Sparse.WidgetSettings);
        return AssetResponse.SendAsync(context, Make("settings " + json, () => json), "application/json; charset=utf-8");
    }

    private Task ScriptAsync(HttpContext context)
    {
        sighting.Record(context.Request);
        var now = settings.Value;
        var language = LanguageFor(context);
        var filled = WidgetSettings.Of(now, presence, replyTime, clock.GetUtcNow()) with { Origin = origins.PublicBase(context) + '/' };
        var json = JsonSerializer.Serialize(filled, PageJson.Sparse.WidgetSettings);
        var asset = Make($"widget {language} {now["Widget:Away"]} {json}", () =>
            WidgetTexts.Into(WidgetSource.Value.Page, In(language, now)).Replace(SettingsMark, json, StringComparison.Ordinal));
        return AssetResponse.SendAsync(context, asset, "text/javascript; charset=utf-8");
    }

    /// <summary>What only an open panel needs, as a module. The query is written like Accept-Language.</summary>
    private Task PanelAsync(HttpContext context, string wanted)
    {
        var now = settings.Value;
        var language = WidgetTexts.Choose(wanted);
        var json = JsonSerializer.Serialize(new PanelSettings(now.Files.ToldBytes, now.Files.ToldTypes), PageJson.Sparse.PanelSettings);
        var asset = Make($"panel {language} {json}", () => WidgetTexts.Into(WidgetSource.Value.Panel, WidgetTexts.In(language))
            .Replace(SettingsMark, json, StringComparison.Ordinal));
        return AssetResponse.SendAsync(context, asset, "text/javascript; charset=utf-8");
    }

    /// <summary>The API as an OpenAPI 3.1 document. A test compares it with the routes and their answers.</summary>
    private Task DescribeAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "public, max-age=300";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        var below = context.Request.PathBase;
        var asset = Make("openapi", () => below.HasValue
            ? ApiSource.Replace("{\"url\": \"/\",", $"{{\"url\": \"{below}\",", StringComparison.Ordinal)
            : ApiSource);
        return AssetResponse.SendAsync(context, asset, "application/json; charset=utf-8");
    }

    /// <summary>
    /// The widget's texts alone, for a page in another language than the browser's. The query is written like Accept-Language.
    /// </summary>
    private Task WordsAsync(HttpContext context, string wanted)
    {
        var language = WidgetTexts.Choose(wanted);
        var now = settings.Value;
        var words = Make($"words {language} {now["Widget:Away"]}", () => In(language, now));
        return AssetResponse.SendAsync(context, words, "application/json; charset=utf-8");
    }

    private static string In(string language, Settings now) =>
        now["Widget:Away"] is { Length: > 0 } away ? WidgetTexts.In(language, away) : WidgetTexts.In(language);

    /// <summary>The owner's choice, else what the browser asks for; then the answer has the Vary header for it.</summary>
    private string LanguageFor(HttpContext context)
    {
        if (WidgetTexts.Find(settings.Value["Widget:Locale"]) is { } chosen)
            return chosen;
        context.Response.Headers.Append("Vary", "Accept-Language");
        return WidgetTexts.Choose(context.Request.Headers.AcceptLanguage.ToString());
    }

    /// <summary>The dashboard's service worker. It lies below the page that it serves, so its scope must be allowed.</summary>
    private Task WorkerAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["Service-Worker-Allowed"] = context.Request.PathBase + "/admin";
        var worker = Make("worker", () => Compactor.Script(Embedded("worker.js")));
        return AssetResponse.SendAsync(context, worker, "text/javascript; charset=utf-8");
    }

    private Task AdminAsync(HttpContext context)
    {
        if (context.Request.Query["part"].ToString() is { Length: > 0 } version)
            return DashboardPartAsync(context, version);
        // The sign-in form offers a link by e-mail only where one can be sent.
        var mail = outbox.Ready ? "ready" : "";
        var headers = context.Response.Headers;
        headers.Append("Vary", "Accept-Language");
        var language = DashboardTexts.Choose(context.Request.Headers.AcceptLanguage.ToString());
        var asset = Make($"admin {mail} {language}", () => DashboardTexts.Into(DashboardSource.Value.Page, language)
            .Replace("{{base}}", context.Request.PathBase, StringComparison.Ordinal)
            .Replace("{{mail}}", mail, StringComparison.Ordinal));
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' {asset.ScriptHash}; style-src {asset.StyleHash}; connect-src 'self'; " +
            "img-src 'self' data:; frame-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; " +
            "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        return AssetResponse.SendAsync(context, asset, "text/html; charset=utf-8");
    }

    /// <summary>Another version's page does not fit: it is to be loaded again.</summary>
    private Task DashboardPartAsync(HttpContext context, string version)
    {
        if (version != DashboardSource.Value.Version)
            return ApiResponse.Refuse(context, ApiError.NotFound);
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        var asset = Make("dashboard part", () => DashboardSource.Value.Part);
        return AssetResponse.SendAsync(context, asset, "text/javascript; charset=utf-8");
    }

    private Task PageAsync(HttpContext context, string source)
    {
        var (name, address) = (settings.Value.AppName, origins.PublicBase(context));
        var language = LanguageFor(context);
        var asset = Make($"page {source.Length} {language} {name} {address} {settings.Value["SiteUrl"]}", () => source
            .Replace("{{language}}", language, StringComparison.Ordinal)
            .Replace("{{back}}", BackTo(settings.Value["SiteUrl"]), StringComparison.Ordinal)
            .Replace("{{app_name}}", HtmlEncoder.Default.Encode(name), StringComparison.Ordinal)
            .Replace("{{base}}", HtmlEncoder.Default.Encode(context.Request.PathBase), StringComparison.Ordinal)
            .Replace("{{address}}", HtmlEncoder.Default.Encode(address), StringComparison.Ordinal));
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' {asset.ScriptHash}; style-src {asset.StyleHash}; connect-src 'self'; " +
            "img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        return AssetResponse.SendAsync(context, asset, "text/html; charset=utf-8");
    }

    /// <summary>A link to the shop, which the widget on our own page shows as its way back.</summary>
    private static string BackTo(string site) => !Uri.TryCreate(site, UriKind.Absolute, out var uri) ? ""
        : $"<a data-leanchat-back hidden href=\"{HtmlEncoder.Default.Encode(uri.AbsoluteUri)}\">" +
            $"{HtmlEncoder.Default.Encode(uri.IdnHost)}</a>";

    private Asset Make(string key, Func<string> text)
    {
        if (_assets.Count > KeptAtMost)
            _assets.Clear();
        return _assets.GetOrAdd(key, static (_, make) => new Asset(make()), text);
    }

    private static string Embedded(string name) => Served(Source(name));

    private static string Source(string name)
    {
        using var reader = new StreamReader(typeof(PageAssets).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"There is no {name}."));
        return reader.ReadToEnd();
    }

    /// <summary>A page without comment lines and indentation.</summary>
    private static string Served(string source)
    {
        var served = new StringBuilder();
        foreach (var line in source.Split('\n'))
        {
            if (line.AsSpan().Trim() is { IsEmpty: false } text && text is not "//" && !text.StartsWith("// "))
                served.Append(text).Append('\n');
        }

        return served.ToString();
    }
}
