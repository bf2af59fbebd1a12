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

/// <summary>Set-up, sign-in, and what belongs to one's own session.</summary>
internal sealed class AdminSignIn(
    Database database, Sessions sessions, Passwords passwords, SecondFactor secondFactor, AdminActivity activity, Outbox outbox,
    AccountMail accountMail, WidgetSighting sighting, CurrentSettings settings, TimeProvider clock)
{
    private static readonly ApiError CodeWanted = new(401, "totp_required", "Enter the code that your app shows.");
    private static readonly ApiError WrongCode = new(401, "unauthorized", "That code is wrong or was used already.");

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
        var (account, address) = (AccountKey(body.Email), ClientAddress.Key(context));
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

        if (await FailureAsync(admin!, body.Code) is { } failure)
        {
            // Who has not been asked yet has not failed.
            if (failure == CodeWanted)
                Forget(account, address);
            await ApiResponse.Refuse(context, failure);
            return;
        }

        Forget(account, address);
        await EnterAsync(context, admin!, StatusCodes.Status200OK);
    }

    private void Forget(string account, string address)
    {
        _failures.RemoveNewest(account);
        _failures.RemoveNewest(address);
    }

    /// <summary>What is wrong with the second factor; null if it is right, or there is none.</summary>
    private async Task<ApiError?> FailureAsync(Admin admin, string? code)
    {
        if (!await database.ReadAsync(connection => SecondFactor.IsOn(connection, admin.Id)))
            return null;
        return Blank.Is(code) ? CodeWanted
            : await database.WriteAsync(tx => secondFactor.TryUse(tx, admin.Id, code)) ? null
            : WrongCode;
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
            await EnterAsync(context, admin, StatusCodes.Status201Created);
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
        activity.SignOut(session.AdminId!);
        Cookies.ClearAdmin(context);
        await ApiResponse.NoContent(context);
    }

    public async Task MeAsync(HttpContext context, Session session)
    {
        if (session.ApiToken is { } token)
        {
            await ApiResponse.Json(
                context, new Me(token.Id, null, token.Name, outbox.Ready, sighting.FirstAt, Totp: false), AdminJson.Strict.Me);
            return;
        }

        await sessions.ProlongAsync(session);
        if (await database.ReadAsync(connection => AdminStore.Find(connection, session.AdminId!)) is not { } admin)
        {
            await ApiResponse.Refuse(context, ApiError.Unauthorized);
            return;
        }

        Cookies.SetAdmin(context, Cookies.AdminToken(context)!);
        await TellMeAsync(context, admin);
    }

    /// <summary>Answers who an admin is.</summary>
    public async Task TellMeAsync(HttpContext context, Admin admin, int status = StatusCodes.Status200OK)
    {
        var totp = await database.ReadAsync(connection => SecondFactor.IsOn(connection, admin.Id));
        await ApiResponse.Json(
            context, new Me(admin.Id, admin.Email, admin.Name, outbox.Ready, sighting.FirstAt, totp), AdminJson.Strict.Me, status);
    }

    /// <summary>Why the password of whoever is signed in is not taken; null if it is right. Failures are limited.</summary>
    public async Task<ApiError?> CheckPasswordAsync(Session session, string? password)
    {
        var account = "password:" + session.AdminId;
        if (!_failures.TryAdd(account, settings.Value.Limits.LoginsPerQuarterHour, out var wait))
            return ApiError.TooManyRequests(wait);
        var admin = await database.ReadAsync(connection => AdminStore.Find(connection, session.AdminId!));
        if (!await passwords.VerifyAsync(admin, LimitLength(password)))
            return new ApiError(403, "forbidden", "The current password is wrong.");
        _failures.RemoveNewest(account);
        return null;
    }

    public async Task ChangePasswordAsync(HttpContext context, Session session)
    {
        if (!(await ReadAsync(context, AdminJson.Strict.PasswordBody)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        if (Passwords.Complaint(body.Password) is { } complaint)
            await ApiResponse.Refuse(context, ApiError.BadRequest(complaint));
        else if (await CheckPasswordAsync(session, body.CurrentPassword) is { } refused)
            await ApiResponse.Refuse(context, refused);
        else
        {
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

    /// <summary>Whoever has just set a new password by a link is not kept out by tries with a forgotten one.</summary>
    public void Forgive(HttpContext context, string email)
    {
        _failures.Clear(AccountKey(email));
        _failures.Clear(ClientAddress.Key(context));
    }

    private static string AccountKey(string? email) => "account:" + EmailAddress.KeyOf(email);

    /// <summary>A new password from the command line, without a second factor; every session of that admin ends.</summary>
    public async Task<bool> ResetAsync(string email, string password)
    {
        var hash = await passwords.HashAsync(password);
        return await database.WriteAsync(tx =>
        {
            if (AdminStore.FindEmail(tx.Connection, email) is not { } admin)
                return false;
            AdminStore.SetPassword(tx, admin.Id, hash);
            TotpStore.Remove(tx, admin.Id);
            sessions.EndAll(tx, admin.Id);
            return true;
        });
    }

    /// <summary>Signs an admin in with this browser, and answers who that is.</summary>
    public async Task EnterAsync(HttpContext context, Admin admin, int status)
    {
        var device = Cookies.Device(context) ?? Sessions.NewToken();
        var token = await database.WriteAsync(tx =>
        {
            if (AdminDeviceStore.Add(tx, admin.Id, device))
                accountMail.TellOfSignIn(tx, admin, UserAgent.Describe(context.Request.Headers.UserAgent), ClientAddress.Text(context));
            return Sessions.StartForAdmin(tx, admin.Id);
        });
        activity.Use(admin.Id);
        Cookies.SetAdmin(context, token);
        Cookies.SetDevice(context, device);
        await TellMeAsync(context, admin, status);
    }

    private async Task<Outcome<T>> ReadAsync<T>(HttpContext context, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class =>
        await ApiResponse.ReadAsync(context, type, settings.Value.Limits);

    private bool IsSetupToken(string? token) =>
        _setupToken is { } expected
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(token ?? ""));

    /// <summary>Empty if too long: no password is longer, and hashing a long one takes time.</summary>
    private static string LimitLength(string? password) => password is null ? "" : password.Length > Passwords.MaxLength ? "" : password;
}
