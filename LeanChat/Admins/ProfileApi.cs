using System.Text.Json.Serialization;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>What an admin changes about themselves: name, address, second factor.</summary>
internal sealed class ProfileApi(
    AdminSignIn signIn, SecondFactor secondFactor, DeskCommands desk, Sessions sessions, Database database, CurrentSettings settings)
{
    private static readonly ApiError IsOn = ApiError.Conflict("The second factor is on already. Turn it off first.");

    /// <summary>Changes the name, the address, or both. The address needs the password: whoever has it can ask for a new one.</summary>
    public async Task ChangeAsync(HttpContext context, Session session)
    {
        // A dictionary tells a null name, which clears it, from a missing one.
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.DictionaryStringString, settings.Value.Limits))
            .Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        var email = EmailAddress.TryParse(body.GetValueOrDefault("email"));
        if (body.ContainsKey("email") && email is null)
            await ApiResponse.Refuse(context, ApiError.BadRequest(EmailAddress.Wanted));
        else if (email is not null && await signIn.CheckPasswordAsync(session, body.GetValueOrDefault("current_password")) is { } refused)
            await ApiResponse.Refuse(context, refused);
        else if ((await database.WriteAsync(tx => Change(tx, session.AdminId!, body, email))).Is(out var admin, out error))
            await signIn.TellMeAsync(context, admin);
        else
            await ApiResponse.Refuse(context, error);
    }

    /// <summary>Makes a key for an app. Nothing changes before a code of it is sent to <see cref="ConfirmTotpAsync"/>.</summary>
    public async Task BeginTotpAsync(HttpContext context, Session session)
    {
        var (secret, email) = await database.WriteAsync(tx =>
            (secondFactor.Begin(tx, session.AdminId!), AdminStore.Find(tx.Connection, session.AdminId!)!.Email));
        await (secret is null
            ? ApiResponse.Refuse(context, IsOn)
            : ApiResponse.Json(context, new TotpSecret(secret, UriOf(secret, email)), AdminJson.Strict.TotpSecret));
    }

    /// <summary>Turns the second factor on with a first code of the app, and ends this admin's other sessions.</summary>
    public async Task ConfirmTotpAsync(HttpContext context, Session session)
    {
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.CodeBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else
            await ApiResponse.Of(
                context, await database.WriteAsync(tx => Confirm(tx, session, body.Code ?? "")), AdminJson.Strict.RecoveryCodes);
    }

    /// <summary>Turns the second factor off. Doing it twice changes nothing.</summary>
    public async Task EndTotpAsync(HttpContext context, Session session)
    {
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.LoginBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (await signIn.CheckPasswordAsync(session, body.Password) is { } refused)
            await ApiResponse.Refuse(context, refused);
        else
        {
            await database.WriteAsync(tx =>
            {
                TotpStore.Remove(tx, session.AdminId!);
                return true;
            });
            await ApiResponse.NoContent(context);
        }
    }

    private Outcome<Admin> Change(Transaction tx, string id, Dictionary<string, string?> body, EmailAddress? email)
    {
        if (email is not null && !AdminStore.SetEmail(tx, id, email))
            return ApiError.Conflict("There is already an admin with that address.");
        if (body.TryGetValue("name", out var name))
            AdminStore.Rename(tx, id, Identity.Trim(name));
        desk.Renamed(tx, id);
        return AdminStore.Find(tx.Connection, id) is { } admin ? admin : ApiError.Unauthorized;
    }

    private Outcome<RecoveryCodes> Confirm(Transaction tx, Session session, string code)
    {
        if (SecondFactor.IsOn(tx.Connection, session.AdminId!))
            return IsOn;
        if (!SecondFactor.IsBegun(tx.Connection, session.AdminId!))
            return ApiError.Conflict("There is nothing to confirm. Begin again.");
        if (secondFactor.Confirm(tx, session.AdminId!, code) is not { } codes)
            return ApiError.BadRequest("That code is wrong. Enter the one that your app shows now.");
        sessions.EndAll(tx, session.AdminId!, except: session);
        return new RecoveryCodes(codes);
    }

    /// <summary>What apps read from a picture: the form that they all know has no standard of its own.</summary>
    private string UriOf(string secret, string email)
    {
        var issuer = Uri.EscapeDataString(settings.Value.AppName);
        return $"otpauth://totp/{issuer}:{Uri.EscapeDataString(email)}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30";
    }
}

/// <summary>A new key: in base32, and as apps read it from a picture.</summary>
internal sealed record TotpSecret(string Secret, string Uri);

/// <summary>Codes for who loses the app. Each works once, and they are told once.</summary>
internal sealed record RecoveryCodes([property: JsonPropertyName("recovery_codes")] IReadOnlyList<string> Codes);
