using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>The people who answer: who they are, who joins, who leaves.</summary>
internal sealed class TeamApi(
    AdminSignIn signIn, DeskCommands desk, Sessions sessions, Passwords passwords, Presence presence, AccountMail accountMail,
    LetterLinks links, Database database, CurrentSettings settings, TimeProvider clock)
{
    private static readonly ApiError UsedLink =
        new(403, "forbidden", "This invitation has been used or is out of date. Ask for a new one.");

    private static readonly ApiError TakenAddress = ApiError.Conflict("There is already an admin with that address.");

    public async Task ListAsync(HttpContext context, Session session)
    {
        var all = await database.ReadAsync(AdminStore.All);
        await ApiResponse.Json(context, [.. all.Select(Describe)], AdminJson.Strict.IReadOnlyListAdminListItem);
    }

    public async Task AddAsync(HttpContext context, Session session)
    {
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.NewAdminBody, settings.Value.Limits)).Is(out var body, out var error)
            || !(await signIn.AddAsync(body)).Is(out var admin, out error))
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
            desk.Unassign(tx, id);
            AdminStore.Remove(tx, id);
            return null;
        });
        await (error is null ? ApiResponse.NoContent(context) : ApiResponse.Refuse(context, error));
    }

    /// <summary>Makes a one-time link for a colleague, and sends it if e-mail is set up.</summary>
    public async Task InviteAsync(HttpContext context, Session session)
    {
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.InviteBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (EmailAddress.TryParse(body.Email) is not { } email)
            await ApiResponse.Refuse(context, ApiError.BadRequest(EmailAddress.Wanted));
        else if (await database.WriteAsync(tx => Invite(tx, email, session.AdminId!)) is { } token)
            await ApiResponse.Json(context, new Invitation(links.ToInvite(token).ToString()), AdminJson.Strict.Invitation);
        else
            await ApiResponse.Refuse(context, TakenAddress);
    }

    /// <summary>The colleague has followed the link: makes the account and signs in.</summary>
    public async Task AcceptAsync(HttpContext context)
    {
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.AcceptBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (await database.ReadAsync(c => AdminInviteStore.EmailOf(c, body.Token ?? "", clock.GetUtcNow())) is null)
            await ApiResponse.Refuse(context, UsedLink);
        else if (Passwords.Complaint(body.Password) is { } complaint)
            await ApiResponse.Refuse(context, ApiError.BadRequest(complaint));
        else
        {
            var hash = await passwords.HashAsync(body.Password!);
            if ((await database.WriteAsync(tx => Accept(tx, body, hash))).Is(out var admin, out error))
                await signIn.EnterAsync(context, admin, StatusCodes.Status201Created);
            else
                await ApiResponse.Refuse(context, error);
        }
    }

    /// <summary>The token of the link; null if there is an admin with that address.</summary>
    private string? Invite(Transaction tx, EmailAddress email, string inviterId)
    {
        if (AdminStore.FindEmail(tx.Connection, email.Typed) is not null)
            return null;
        var inviter = AdminStore.Find(tx.Connection, inviterId);
        accountMail.Invite(tx, email, inviter?.Name ?? inviter?.Email ?? settings.Value.AppName);
        return AdminInviteStore.New(tx, email, tx.Now + AdminInviteStore.Life);
    }

    private static Outcome<Admin> Accept(Transaction tx, AcceptBody body, string hash)
    {
        // Looked up again: of two who use one link at once, one gets in.
        if (AdminInviteStore.EmailOf(tx.Connection, body.Token!, tx.Now) is not { } invited
            || EmailAddress.TryParse(invited) is not { } email)
            return UsedLink;
        AdminInviteStore.RemoveAll(tx, invited);
        return AdminStore.Add(tx, email, body.Name, hash) is { } admin ? admin : TakenAddress;
    }

    private AdminListItem Describe(Admin admin) =>
        new(admin.Id, admin.Email, admin.Name, presence.IsOnline(admin.Id), admin.CreatedAt);
}
