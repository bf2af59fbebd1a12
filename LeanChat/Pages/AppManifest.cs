using System.Text.Json;
using LeanChat.Configuration;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Pages;

/// <summary>
/// The manifest (W3C Web Application Manifest) and icons with which the dashboard can be installed as an app. Its service worker keeps
/// no page: offline the dashboard could show only outdated data.
/// </summary>
internal sealed class AppManifest(CurrentSettings settings)
{
    public const string Path = "/admin.webmanifest";

    private const string Folder = "icons/";

    private static readonly Dictionary<string, byte[]> Icons = typeof(AppManifest).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).ToDictionary(name => name[Folder.Length..], Read);

    public void Map(IEndpointRouteBuilder routes)
    {
        string[] readable = ["GET", "HEAD"];
        var open = routes.MapGroup("").WithMetadata(Access.Public);
        open.MapMethods(Path, readable, (HttpContext context) => DescribeAsync(context));
        foreach (var (name, image) in Icons)
            open.MapMethods("/" + Folder + name, readable, (HttpContext context) => ShowAsync(context, image));
    }

    private Task DescribeAsync(HttpContext context)
    {
        var (name, below) = (settings.Value.AppName, context.Request.PathBase);
        var manifest = new WebManifest(
            $"{below}/admin", name == "LeanChat" ? name : $"{name} – LeanChat", name, $"{below}/admin", $"{below}/admin", "standalone",
            "#1F5FBF", "#F6F5F2",
            [
                new($"{below}/icons/icon-192.png", "192x192", "image/png", "any"),
                new($"{below}/icons/icon-512.png", "512x512", "image/png", "any"),
                new($"{below}/icons/icon-maskable-512.png", "512x512", "image/png", "maskable"),
            ]);
        context.Response.Headers.CacheControl = "no-cache";
        return SendAsync(
            context, "application/manifest+json; charset=utf-8",
            JsonSerializer.SerializeToUtf8Bytes(manifest, PageJson.Strict.WebManifest));
    }

    private static Task ShowAsync(HttpContext context, byte[] image)
    {
        context.Response.Headers.CacheControl = "public, max-age=86400";
        return SendAsync(context, "image/png", image);
    }

    private static async Task SendAsync(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static byte[] Read(string resource)
    {
        using var file = typeof(AppManifest).Assembly.GetManifestResourceStream(resource)!;
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }
}
