using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>The admin's HTTP API, the same under /admin and /api/admin.</summary>
internal sealed class AdminApi(
    AdminSignIn signIn, PasswordResetApi resets, TeamApi team, ProfileApi profile, UserApi users, CannedReplyApi replies,
    SettingsApi ownerSettings, ChatListApi list, DeskApi desk, TranscriptApi transcripts, NumbersApi numbers, ChatCommands commands,
    ReadMarks readMarks, UploadRequest uploads, FileAddresses addresses, Presence presence, Viewers viewers, AdminMail mail,
    AdminActivity activity, Database database, CurrentSettings settings, TimeProvider clock)
{
    private static readonly string[] Prefixes = ["/admin", "/api/admin"];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            var open = routes.MapGroup(prefix).WithMetadata(Access.OwnPages);
            open.MapPost("/login", (HttpContext context) => signIn.LoginAsync(context));
            open.MapPost("/setup", (HttpContext context) => signIn.SetUpAsync(context));
            open.MapPost("/password/forgot", (HttpContext context) => resets.ForgotAsync(context));
            open.MapPost("/password/reset", (HttpContext context) => resets.ResetAsync(context));
            open.MapPost("/admins/accept", (HttpContext context) => team.AcceptAsync(context));

            var admin = routes.MapGroup(prefix).WithMetadata(Access.Admin);
            admin.MapPost("/logout", WithSession(signIn.LogoutAsync));
            admin.MapPost("/password", WithSession(signIn.ChangePasswordAsync));
            admin.MapPatch("/me", WithSession(profile.ChangeAsync));
            admin.MapPost("/totp", WithSession(profile.BeginTotpAsync));
            admin.MapPost("/totp/confirm", WithSession(profile.ConfirmTotpAsync));
            admin.MapDelete("/totp", WithSession(profile.EndTotpAsync));
            admin.MapGet("/admins", WithSession(team.ListAsync));
            admin.MapPost("/admins", WithSession(team.AddAsync));
            admin.MapPost("/admins/invite", WithSession(team.InviteAsync));
            admin.MapDelete("/admins/{id}", WithSession(team.RemoveAsync));
            admin.MapGet("/counts", WithSession(CountAsync));
            admin.MapGet("/presence", WithSession(ShowPresenceAsync));
            admin.MapGet("/numbers", WithSession(numbers.ShowAsync));

            admin.MapPatch("/users/{id}", WithSession(users.RenameAsync));
            admin.MapDelete("/users/{id}", WithSession(users.EraseAsync));
            admin.MapGet("/users/{id}/export", WithSession(users.ExportAsync));
            admin.MapPost("/users/{id}/block", WithSession(users.BlockAsync));
            admin.MapPost("/users/{id}/unblock", WithSession(users.UnblockAsync));

            admin.MapGet("/settings", WithSession(ownerSettings.ListAsync));
            admin.MapPatch("/settings", WithSession(ownerSettings.ChangeAsync));
            admin.MapPost("/settings/test_mail", WithSession(ownerSettings.TestMailAsync));

            admin.MapGet("/mail", WithSession(mail.ShowAsync));
            admin.MapDelete("/mail/silent/{address}", WithSession(mail.RemoveSilenceAsync));
            MapForPrograms(routes.MapGroup(prefix).WithMetadata(Access.AdminOrToken));
        }
    }

    /// <summary>What a program with an API token may do as well.</summary>
    private void MapForPrograms(RouteGroupBuilder both)
    {
        both.MapGet("/me", WithSession(signIn.MeAsync));
        both.MapGet("/tags", WithSession(desk.TagsAsync));
        both.MapGet("/chats", WithSession(list.ListAsync));
        both.MapGet("/chats/{id}", WithSession(OpenAsync));
        both.MapPost("/chats/{id}/messages", WithSession(PostAsync));
        both.MapPost("/chats/{id}/attachments", WithSession(UploadAsync));
        both.MapPatch("/chats/{id}/messages/{mid}", WithSession(desk.EditAsync));
        both.MapDelete("/chats/{id}/messages/{mid}", WithSession(desk.DeleteAsync));
        both.MapPost("/chats/{id}/archive", WithSession(desk.ArchiveAsync));
        both.MapPost("/chats/{id}/unread", WithSession(desk.MarkUnreadAsync));
        both.MapPost("/chats/{id}/unarchive", WithSession(desk.UnarchiveAsync));
        both.MapPost("/chats/{id}/snooze", WithSession(desk.SnoozeAsync));
        both.MapPost("/chats/{id}/unsnooze", WithSession(desk.UnsnoozeAsync));
        both.MapPut("/chats/{id}/tags", WithSession(desk.TagAsync));
        both.MapPut("/chats/{id}/assignee", WithSession(desk.AssignAsync));
        both.MapPost("/chats/{id}/notes", WithSession(desk.AddNoteAsync));
        both.MapDelete("/notes/{id}", WithSession(desk.RemoveNoteAsync));
        both.MapGet("/chats/{id}/transcript", WithSession(transcripts.ShowAsync));
        both.MapGet("/canned_replies", WithSession(replies.ListAsync));
        both.MapPost("/canned_replies", WithSession(replies.AddAsync));
        both.MapPut("/canned_replies/{id}", WithSession(replies.ChangeAsync));
        both.MapDelete("/canned_replies/{id}", WithSession(replies.RemoveAsync));
    }

    private static RequestDelegate WithSession(Func<HttpContext, Session, Task> handler) =>
        context => handler(context, Caller.KnownSessionOf(context));

    private async Task CountAsync(HttpContext context, Session session) =>
        await ApiResponse.Json(
            context,
            await database.ReadAsync(connection =>
            {
                var chats = ChatStore.Count(connection);
                var letters = LetterReport.Trouble(connection, clock.GetUtcNow(), settings.Value.Count("Mail:MostPerHour"));
                return new Overview(
                    chats.Active, chats.Archived, chats.Unread, chats.Snoozed, letters.Failed, letters.Held, letters.FailedChats,
                    StoppedWebhookStore.Count(connection));
            }),
            AdminJson.Strict.Overview);

    private Task ShowPresenceAsync(HttpContext context, Session session) =>
        ApiResponse.Json(context, presence.State, ChatJson.Strict.PresenceState);

    private async Task OpenAsync(HttpContext context, Session session)
    {
        var chatId = Id(context);
        if (!ApiResponse.TryNumber(context, "before", out var before))
        {
            await ApiResponse.Refuse(context, ApiError.BadRequest("`before` must be a seq, which is a whole number."));
            return;
        }

        // A program reads without having seen: a person may still have to.
        var viewed = new Viewed(null);
        if (session.AdminId is { } adminId)
        {
            if (!(await ViewAsync(chatId)).Is(out viewed, out var error))
            {
                await ApiResponse.Refuse(context, error);
                return;
            }

            activity.Use(adminId);
        }

        var opened = await database.ReadAsync(connection =>
            ChatStore.Find(connection, chatId) is { } chat && UserStore.Find(connection, chat.UserId) is { } user
                ? AdminSupportChat.Of(
                    chat, user, MessageStore.Before(connection, addresses, chat, before ?? long.MaxValue),
                    SettledLetterStore.Notes(connection, chatId), AttachmentStore.Refused(connection, chatId), viewed.UnreadFrom,
                    presence.UserOnline(user.Id), viewers.Of(chatId)) with
                {
                    Notes = before is null ? NoteStore.All(connection, chatId) : null,
                }
                : null);
        await (opened is null
            ? ApiResponse.Refuse(context, ApiError.NotFound)
            : ApiResponse.Json(context, opened, ChatJson.Strict.AdminSupportChat));
    }

    /// <summary>Marks the chat viewed. A full disk is no error here: the chat can still be read.</summary>
    private async Task<Outcome<Viewed>> ViewAsync(string chatId)
    {
        try
        {
            return await readMarks.MarkReadByAdminsAsync(chatId);
        }
        catch (StorageException e) when (e.Failure == StorageFailure.Full)
        {
            return new Viewed(null);
        }
    }

    private async Task PostAsync(HttpContext context, Session session)
    {
        if (!(await ApiResponse.ReadAsync(context, ChatJson.Strict.PostBody, settings.Value.Limits)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        var sender = await SenderAsync(session);
        var draft = new Draft(body.Content, body.ClientId, body.AttachmentIds);
        if ((await commands.PostAsAdminAsync(sender, Id(context), draft)).Is(out var posted, out error))
            await ApiResponse.Json(
                context, posted.Message, ChatJson.Strict.SupportMessage,
                posted.Fresh ? StatusCodes.Status201Created : StatusCodes.Status200OK);
        else
            await ApiResponse.Refuse(context, error);
    }

    private async Task<Sender> SenderAsync(Session session)
    {
        if (session.ApiToken is { } token)
            return Sender.Program(token);
        var admin = await database.ReadAsync(connection => AdminStore.Find(connection, session.AdminId!));
        return Sender.Admin(session.AdminId!, admin?.Name);
    }

    private async Task UploadAsync(HttpContext context, Session session) =>
        await (await database.ReadAsync(connection => ChatStore.Find(connection, Id(context))) is { } chat
            ? uploads.ServeAsync(context, new Uploader(chat.Id, Sender.AdminType, session.WriterId))
            : UploadRequest.RefuseAsync(context, ApiError.NotFound));

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]!.ToString()!;
}
