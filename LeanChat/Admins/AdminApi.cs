using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>The admin's HTTP API, the same under /admin and /api/admin.</summary>
internal sealed class AdminApi(
    AdminSignIn signIn, PasswordResetApi resets, UserApi users, CannedReplyApi replies, SettingsApi ownerSettings,
    ChatCommands commands, InboxCommands inbox, UploadRequest uploads, FileAddresses addresses, Presence presence,
    Viewers viewers, AdminMail mail, SearchIndexer index, AdminActivity activity,
    Database database, CurrentSettings settings, TimeProvider clock)
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

            var admin = routes.MapGroup(prefix).WithMetadata(Access.Admin);
            admin.MapGet("/me", WithSession(signIn.MeAsync));
            admin.MapPost("/logout", WithSession(signIn.LogoutAsync));
            admin.MapPost("/password", WithSession(signIn.ChangePasswordAsync));
            admin.MapGet("/admins", WithSession(signIn.ListAsync));
            admin.MapPost("/admins", WithSession(signIn.AddAsync));
            admin.MapDelete("/admins/{id}", WithSession(signIn.RemoveAsync));

            admin.MapGet("/counts", WithSession(CountAsync));
            admin.MapGet("/presence", WithSession(ShowPresenceAsync));
            admin.MapGet("/chats", WithSession(ListAsync));
            admin.MapGet("/chats/{id}", WithSession(OpenAsync));
            admin.MapPost("/chats/{id}/messages", WithSession(PostAsync));
            admin.MapPost("/chats/{id}/attachments", WithSession(UploadAsync));
            admin.MapPost("/chats/{id}/archive", WithSession((context, _) => ArchiveAsync(context, true)));
            admin.MapPost("/chats/{id}/unread", WithSession(MarkUnreadAsync));
            admin.MapPost("/chats/{id}/unarchive", WithSession((context, _) => ArchiveAsync(context, false)));

            admin.MapPatch("/users/{id}", WithSession(users.RenameAsync));
            admin.MapDelete("/users/{id}", WithSession(users.EraseAsync));
            admin.MapGet("/users/{id}/export", WithSession(users.ExportAsync));
            admin.MapPost("/users/{id}/block", WithSession(users.BlockAsync));
            admin.MapPost("/users/{id}/unblock", WithSession(users.UnblockAsync));

            admin.MapGet("/canned_replies", WithSession(replies.ListAsync));
            admin.MapPost("/canned_replies", WithSession(replies.AddAsync));
            admin.MapPut("/canned_replies/{id}", WithSession(replies.ChangeAsync));
            admin.MapDelete("/canned_replies/{id}", WithSession(replies.RemoveAsync));

            admin.MapGet("/settings", WithSession(ownerSettings.ListAsync));
            admin.MapPatch("/settings", WithSession(ownerSettings.ChangeAsync));
            admin.MapPost("/settings/test_mail", WithSession(ownerSettings.TestMailAsync));

            admin.MapGet("/mail", WithSession(mail.ShowAsync));
            admin.MapDelete("/mail/silent/{address}", WithSession(mail.RemoveSilenceAsync));
        }
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
                return new Overview(chats.Active, chats.Archived, chats.Unread, letters.Failed, letters.Held, letters.FailedChats);
            }),
            AdminJson.Strict.Overview);

    private Task ShowPresenceAsync(HttpContext context, Session session) =>
        ApiResponse.Json(context, presence.State, ChatJson.Strict.PresenceState);

    private async Task ListAsync(HttpContext context, Session session)
    {
        var query = context.Request.Query;
        var cursor = query.TryGetValue("cursor", out var text) ? ListCursor.TryDecode(text.ToString()) : ListCursor.Start;
        if (cursor is null || !ApiResponse.TryNumber(context, "limit", out var asked) || asked == 0)
        {
            await ApiResponse.Refuse(
                context, ApiError.BadRequest("`limit` must be a whole number, and `cursor` must come from this list's `Link` header."));
            return;
        }

        var (archived, unanswered) = (query["archived"] == "true", query["unanswered"] == "true");
        var words = Blank.Trim(query["q"].ToString());
        var limit = (int)Math.Min(asked ?? ChatStore.PageLength, ChatStore.LongestPage);
        if (words is not null)
            await index.CatchUpAsync();
        var (chats, hits) = await database.ReadAsync(connection =>
        {
            if (words is null)
                return (ChatStore.List(connection, archived, cursor, limit + 1, unanswered), []);
            var found = SearchStore.Find(connection, archived, words, cursor, limit + 1, unanswered);
            return (found, SearchStore.Hits(connection, words, found));
        });
        if (chats.Count > limit)
        {
            var next = QueryString.Create([
                KeyValuePair.Create<string, string?>("archived", archived ? "true" : "false"),
                KeyValuePair.Create<string, string?>("unanswered", unanswered ? "true" : "false"),
                KeyValuePair.Create<string, string?>("q", words ?? ""),
                KeyValuePair.Create<string, string?>("limit", $"{limit}"),
                KeyValuePair.Create<string, string?>("cursor", ListCursor.After(chats[limit - 1]).Encode())]);
            context.Response.Headers.Link = $"<{context.Request.PathBase}{context.Request.Path}{next}>; rel=\"next\"";
        }

        await ApiResponse.Json(
            context, [.. chats.Take(limit).Select(chat => commands.ListItem(chat) with { Hit = hits.GetValueOrDefault(chat.Row) })],
            ChatJson.Strict.IReadOnlyListSupportChatListItem);
    }

    private async Task OpenAsync(HttpContext context, Session session)
    {
        var chatId = Id(context);
        if (!ApiResponse.TryNumber(context, "before", out var before))
        {
            await ApiResponse.Refuse(context, ApiError.BadRequest("`before` must be a seq, which is a whole number."));
            return;
        }

        if (!(await ViewAsync(chatId)).Is(out var viewed, out var error))
        {
            await ApiResponse.Refuse(context, error);
            return;
        }

        activity.Use(session.AdminId!);
        var opened = await database.ReadAsync(connection =>
            ChatStore.Find(connection, chatId) is { } chat && UserStore.Find(connection, chat.UserId) is { } user
                ? AdminSupportChat.Of(
                    chat, user, MessageStore.Before(connection, addresses, chat, before ?? long.MaxValue),
                    SettledLetterStore.Notes(connection, chatId), AttachmentStore.Refused(connection, chatId), viewed.UnreadFrom,
                    presence.UserOnline(user.Id), viewers.Of(chatId))
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
            return await commands.ViewAsync(chatId);
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

        var admin = await database.ReadAsync(connection => AdminStore.Find(connection, session.AdminId!));
        var sender = Sender.Admin(session.AdminId!, admin?.Name);
        var draft = new Draft(body.Content, body.ClientId, body.AttachmentIds);
        if ((await commands.PostAsAdminAsync(sender, Id(context), draft)).Is(out var posted, out error))
            await ApiResponse.Json(
                context, posted.Message, ChatJson.Strict.SupportMessage,
                posted.Fresh ? StatusCodes.Status201Created : StatusCodes.Status200OK);
        else
            await ApiResponse.Refuse(context, error);
    }

    private async Task UploadAsync(HttpContext context, Session session) =>
        await (await database.ReadAsync(connection => ChatStore.Find(connection, Id(context))) is { } chat
            ? uploads.ServeAsync(context, new Uploader(chat.Id, Sender.AdminType, session.AdminId!))
            : UploadRequest.RefuseAsync(context, ApiError.NotFound));

    private async Task ArchiveAsync(HttpContext context, bool archived) =>
        await ApiResponse.Of(context, await inbox.ArchiveAsync(Id(context), archived), ChatJson.Strict.SupportChatListItem);

    private async Task MarkUnreadAsync(HttpContext context, Session session) =>
        await ApiResponse.Of(context, await inbox.MarkUnreadAsync(Id(context)), ChatJson.Strict.SupportChatListItem);

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]!.ToString()!;
}
