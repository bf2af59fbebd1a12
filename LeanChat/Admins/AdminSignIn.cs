using System.Security.Cryptography;
using System.Text;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>Sign-in, set-up and the admins' accounts.</summary>
internal sealed class AdminSignIn(
    Database database, Sessions sessions, Passwords passwords, Presence presence, AdminActivity activity, Outbox outbox,
    WidgetSighting sighting, CurrentSettings settings, TimeProvider clock)
{
    private readonly SlidingWindow _failures = new(clock, TimeSpan.FromMinutes(15));
    private string? _setupToken;

    /// <summary>The one-time token for the first admin's account; null if there is an admin.</summary>
    public async Task<string?> OfferSetupAsync() =>
        _setupToken = await database.ReadAsync(AdminStore.Any) ? null : Sessions.NewToken();

    public async Task LoginAsync(HttpContext context)
    {
        if (!(await ReadAsync(context, AdminJson.Strict.LoginBody)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        // Counted before the check and uncounted after a success, so that parallel attempts cannot pass the limit.
        var (account, address) = ("account:" + EmailAddress.KeyOf(body.Email), ClientAddress.Key(context));
        var limit = settings.Value.Limits.LoginsPerQuarterHour;
        if (!_failures.TryAdd(account, limit, out var wait))
        {
            await ApiResponse.Refuse(context, ApiError.TooManyRequests(wait));
            return;
        }

        if (!_failures.TryAdd(address, limit, out wait))
        {
            _failures.RemoveNewest(account);
            await ApiResponse.Refuse(context, ApiError.TooManyRequests(wait));
            return;
        }

        var admin = await database.ReadAsync(connection => AdminStore.FindEmail(connection, body.Email ?? ""));
        if (!await passwords.VerifyAsync(admin, LimitLength(body.Password)))
        {
            await ApiResponse.Refuse(
                context, new ApiError(401, "unauthorized", "That e-mail and password do not match."));
            return;
        }

        _failures.RemoveNewest(account);
        _failures.RemoveNewest(address);
        await StartSessionAsync(context, admin!, StatusCodes.Status200OK);
    }

    public async Task SetUpAsync(HttpContext context)
    {
        if (!(await ReadAsync(context, AdminJson.Strict.SetupBody)).Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (!IsSetupToken(body.Token))
            await ApiResponse.Refuse(context, new ApiError(
                403, "forbidden",
                "This set-up link is used or out of date. The server's output shows the newest one."));
        else if (!(await AddAsync(new NewAdminBody(body.Email, body.Password, body.Name), onlyFirst: true)).Is(out var admin, out error))
            await ApiResponse.Refuse(context, error);
        else
        {
            _setupToken = null;
            await StartSessionAsync(context, admin, StatusCodes.Status201Created);
        }
    }

    public async Task<Outcome<Admin>> AddAsync(NewAdminBody body, bool onlyFirst = false)
    {
        if (EmailAddress.TryParse(body.Email) is not { } email)
            return ApiError.BadRequest(EmailAddress.Wanted);
        if (Passwords.Complaint(body.Password) is { } complaint)
            return ApiError.BadRequest(complaint);
        var hash = await passwords.HashAsync(body.Password!);
        return await database.WriteAsync<Outcome<Admin>>(tx =>
            onlyFirst && AdminStore.Any(tx.Connection) ? ApiError.Forbidden
            : AdminStore.Add(tx, email, body.Name, hash) is { } admin ? admin
            : ApiError.Conflict("There is already an admin with that address."));
    }

    public async Task LogoutAsync(HttpContext context, Session session)
    {
        await database.WriteAsync(tx =>
        {
            sessions.End(tx, session);
            return true;
        });
        Cookies.ClearAdmin(context);
        await ApiResponse.NoContent(context);
    }

    public async Task MeAsync(HttpContext context, Session session)
    {
        await sessions.ProlongAsync(session);
        if (await database.ReadAsync(connection => AdminStore.Find(connection, session.AdminId!)) is not { } admin)
        {
            await ApiResponse.Refuse(context, ApiError.Unauthorized);
            return;
        }

        Cookies.SetAdmin(context, Cookies.AdminToken(context)!);
        await ApiResponse.Json(context, new Me(admin.Id, admin.Email, admin.Name, outbox.Ready, sighting.FirstAt), AdminJson.Strict.Me);
    }

    public async Task ChangePasswordAsync(HttpContext context, Session session)
    {
        if (!(await ReadAsync(context, AdminJson.Strict.PasswordBody)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        var limit = settings.Value.Limits.LoginsPerQuarterHour;
        var account = "password:" + session.AdminId;
        var admin = await database.ReadAsync(connection => AdminStore.Find(connection, session.AdminId!));
        if (Passwords.Complaint(body.Password) is { } complaint)
            await ApiResponse.Refuse(context, ApiError.BadRequest(complaint));
        else if (!_failures.TryAdd(account, limit, out var wait))
            await ApiResponse.Refuse(context, ApiError.TooManyRequests(wait));
        else if (!await passwords.VerifyAsync(admin, LimitLength(body.CurrentPassword)))
            await ApiResponse.Refuse(context, new ApiError(403, "forbidden", "The current password is wrong."));
        else
        {
            _failures.RemoveNewest(account);
            var hash = await passwords.HashAsync(body.Password!);
            await database.WriteAsync(tx =>
            {
                AdminStore.SetPassword(tx, session.AdminId!, hash);
                sessions.EndAll(tx, session.AdminId!, except: session);
                return true;
            });
            await ApiResponse.NoContent(context);
        }
    }

    public async Task ListAsync(HttpContext context, Session session)
    {
        var all = await database.ReadAsync(AdminStore.All);
        await ApiResponse.Json(context, [.. all.Select(Describe)], AdminJson.Strict.IReadOnlyListAdminListItem);
    }

    public async Task AddAsync(HttpContext context, Session session)
    {
        if (!(await ReadAsync(context, AdminJson.Strict.NewAdminBody)).Is(out var body, out var error)
            || !(await AddAsync(body)).Is(out var admin, out error))
            await ApiResponse.Refuse(context, error);
        else
            await ApiResponse.Json(context, Describe(admin), AdminJson.Strict.AdminListItem, StatusCodes.Status201Created);
    }

    public async Task RemoveAsync(HttpContext context, Session session)
    {
        var id = context.Request.RouteValues["id"]!.ToString()!;
        var error = await database.WriteAsync(tx =>
        {
            if (AdminStore.Find(tx.Connection, id) is null)
                return ApiError.NotFound;
            if (AdminStore.All(tx.Connection).Count == 1)
                return ApiError.Conflict("The last admin cannot be removed.");
            sessions.EndAll(tx, id);
            AdminStore.Remove(tx, id);
            return null;
        });
        await (error is null ? ApiResponse.NoContent(context) : ApiResponse.Refuse(context, error));
    }

    /// <summary>A new password from the command line; every session of that admin ends.</summary>
    public async Task<bool> ResetAsync(string email, string password)
    {
        var hash = await passwords.HashAsync(password);
        return await database.WriteAsync(tx =>
        {
            if (AdminStore.FindEmail(tx.Connection, email) is not { } admin)
                return false;
            AdminStore.SetPassword(tx, admin.Id, hash);
            sessions.EndAll(tx, admin.Id);
            return true;
        });
    }

    private async Task StartSessionAsync(HttpContext context, Admin admin, int status)
    {
        var token = await database.WriteAsync(tx => Sessions.StartForAdmin(tx, admin.Id));
        activity.Use(admin.Id);
        Cookies.SetAdmin(context, token);
        await ApiResponse.Json(
            context, new Me(admin.Id, admin.Email, admin.Name, outbox.Ready, sighting.FirstAt), AdminJson.Strict.Me, status);
    }

    private AdminListItem Describe(Admin admin) =>
        new(admin.Id, admin.Email, admin.Name, presence.IsOnline(admin.Id), admin.CreatedAt);

    private async Task<Outcome<T>> ReadAsync<T>(HttpContext context, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class =>
        await ApiResponse.ReadAsync(context, type, settings.Value.Limits);

    private bool IsSetupToken(string? token) =>
        _setupToken is { } expected
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(token ?? ""));

    /// <summary>Empty if too long: no password is longer, and hashing a long one takes time.</summary>
    private static string LimitLength(string? password) => password is null ? "" : password.Length > Passwords.MaxLength ? "" : password;
}
