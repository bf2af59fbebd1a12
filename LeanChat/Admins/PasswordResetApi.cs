using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>A new password by a one-time link, which is sent to the admin's own address.</summary>
internal sealed class PasswordResetApi(
    AdminSignIn signIn, AccountMail accountMail, Sessions sessions, Passwords passwords, Database database, CurrentSettings settings,
    TimeProvider clock)
{
    private static readonly ApiError UsedLink =
        new(403, "forbidden", "This link has been used or is out of date. Ask for a new one.");

    private readonly SlidingWindow _asked = new(clock, TimeSpan.FromMinutes(15));

    /// <summary>The same answer, and the same work, whether or not an admin has that address.</summary>
    public async Task ForgotAsync(HttpContext context)
    {
        var limits = settings.Value.Limits;
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.ForgotBody, limits)).Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (!_asked.TryAdd("account:" + EmailAddress.KeyOf(body.Email), limits.LoginsPerQuarterHour, out var wait)
            || !_asked.TryAdd(ClientAddress.Key(context), limits.LoginsPerQuarterHour, out wait))
            await ApiResponse.Refuse(context, ApiError.TooManyRequests(wait));
        else
        {
            if (EmailAddress.TryParse(body.Email) is { } email)
            {
                await database.WriteAsync(tx =>
                {
                    accountMail.AskForReset(tx, email);
                    return true;
                });
            }

            await ApiResponse.NoContent(context);
        }
    }

    /// <summary>Sets the new password and ends every session of the admin. Nobody is signed in by a link.</summary>
    public async Task ResetAsync(HttpContext context)
    {
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.ResetBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (Passwords.Complaint(body.Password) is { } complaint)
            await ApiResponse.Refuse(context, ApiError.BadRequest(complaint));
        else if (await database.ReadAsync(connection => AdminOf(connection, body)) is null)
            await ApiResponse.Refuse(context, UsedLink);
        else if (await SetAsync(body, await passwords.HashAsync(body.Password!)) is { } admin)
        {
            signIn.Forgive(context, admin.Email);
            await ApiResponse.NoContent(context);
        }
        else
            await ApiResponse.Refuse(context, UsedLink);
    }

    private Task<Admin?> SetAsync(ResetBody body, string hash) => database.WriteAsync(tx =>
    {
        // Looked up again: of two who use one link at once, one gets in.
        if (AdminOf(tx.Connection, body) is not { } admin)
            return null;
        AdminStore.SetPassword(tx, admin.Id, hash);
        sessions.EndAll(tx, admin.Id);
        return admin;
    });

    private Admin? AdminOf(System.Data.Common.DbConnection connection, ResetBody body) =>
        PasswordResetStore.AdminOf(connection, body.Token ?? "", clock.GetUtcNow()) is { } id ? AdminStore.Find(connection, id) : null;
}
