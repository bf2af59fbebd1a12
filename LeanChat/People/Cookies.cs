namespace LeanChat.People;

/// <summary>The two session cookies. Under https they carry `__Host-`, which binds them to this very host.</summary>
internal static class Cookies
{
    private const string User = "leanchat_session";
    private const string Admin = "leanchat_admin";

    public static string? UserToken(HttpContext context) => Read(context, User);

    public static string? AdminToken(HttpContext context) => Read(context, Admin);

    public static void SetUser(HttpContext context, string token) => Set(context, User, token, SameSiteMode.Lax, Sessions.UserLife);

    public static void SetAdmin(HttpContext context, string token) => Set(context, Admin, token, SameSiteMode.Strict, Sessions.AdminLife);

    public static void ClearUser(HttpContext context) => Set(context, User, "", SameSiteMode.Lax, TimeSpan.Zero);

    public static void ClearAdmin(HttpContext context) => Set(context, Admin, "", SameSiteMode.Strict, TimeSpan.Zero);

    private static string Name(HttpContext context, string name) => context.Request.IsHttps ? "__Host-" + name : name;

    private static string? Read(HttpContext context, string name) =>
        context.Request.Cookies[Name(context, name)] is { Length: > 0 } token ? token : null;

    private static void Set(HttpContext context, string name, string token, SameSiteMode sameSite, TimeSpan life) =>
        context.Response.Cookies.Append(Name(context, name), token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = sameSite,
            Secure = context.Request.IsHttps,
            MaxAge = life,
            Path = "/",
            IsEssential = true,
        });
}
