using LeanChat.Configuration;
using LeanChat.People;

namespace LeanChat.Web;

/// <summary>
/// The two session cookies, and the one by which a browser that an admin has signed in with is known again. With https their names begin
/// with `__Host-`, which binds them to this host; below a path with `__Secure-`, because `__Host-` requires the path `/`
/// (RFC 6265bis §4.1.3).
/// </summary>
internal static class Cookies
{
    private const string User = "leanchat_session";
    private const string Admin = "leanchat_admin";
    private const string DeviceName = "leanchat_device";

    public static string? UserToken(HttpContext context) => Read(context, User);

    public static string? AdminToken(HttpContext context) => Read(context, Admin);

    /// <summary>Null also for what no cookie of ours can be: it would come back with the answer.</summary>
    public static string? Device(HttpContext context) =>
        Read(context, DeviceName) is { Length: 43 } token && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? token : null;

    public static void SetDevice(HttpContext context, string token) =>
        Set(context, DeviceName, token, SameSiteMode.Strict, AdminDeviceStore.Life);

    public static void SetUser(HttpContext context, string token) => Set(context, User, token, SameSiteMode.Lax, Sessions.UserLife);

    public static void SetAdmin(HttpContext context, string token) => Set(context, Admin, token, SameSiteMode.Strict, Sessions.AdminLife);

    public static void ClearUser(HttpContext context) => Set(context, User, "", SameSiteMode.Lax, TimeSpan.Zero);

    public static void ClearAdmin(HttpContext context) => Set(context, Admin, "", SameSiteMode.Strict, TimeSpan.Zero);

    /// <summary>PublicUrl counts too: a proxy may not report that the visitor uses https.</summary>
    private static bool IsSecure(HttpContext context) =>
        context.Request.IsHttps
        || context.RequestServices.GetRequiredService<CurrentSettings>().Value.PublicUrl.StartsWith("https:", StringComparison.Ordinal);

    private static string Name(HttpContext context, string name) =>
        !IsSecure(context) ? name : context.Request.PathBase.HasValue ? "__Secure-" + name : "__Host-" + name;

    /// <summary>If only PublicUrl says https, also accepts the cookie set before PublicUrl was: nobody loses their chat.</summary>
    private static string? Read(HttpContext context, string name) =>
        context.Request.Cookies[Name(context, name)] is { Length: > 0 } token ? token
        : !context.Request.IsHttps && context.Request.Cookies[name] is { Length: > 0 } older ? older
        : null;

    private static void Set(HttpContext context, string name, string token, SameSiteMode sameSite, TimeSpan life) =>
        context.Response.Cookies.Append(Name(context, name), token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = sameSite,
            Secure = IsSecure(context),
            MaxAge = life,
            Path = context.Request.PathBase is { HasValue: true } below ? below.ToUriComponent() : "/",
            IsEssential = true,
        });
}
