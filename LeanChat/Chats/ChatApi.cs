using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Chats;

/// <summary>The user's HTTP API, the same under each of its three prefixes.</summary>
internal sealed class ChatApi(
    ChatCommands commands, ReadMarks readMarks, ChatJoining joining, Ratings ratings, Origins origins, Sessions sessions, Presence presence,
    ReplyTime replyTime, UploadRequest uploads, FileAddresses addresses, Database database, CurrentSettings settings, TimeProvider clock)
{
    public static readonly string[] Prefixes = ["/support_chat", "/api/support_chat", "/api/support-chat"];

    private readonly SlidingWindow _newUsers = new(clock, TimeSpan.FromHours(1));

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            var visitor = routes.MapGroup(prefix).WithMetadata(Access.Visitor);
            visitor.MapGet("", (HttpContext context) => OpenAsync(context));
            visitor.MapPost("/identify", (HttpContext context) => IdentifyAsync(context));

            routes.MapPost(prefix + "/open", (HttpContext context) => OpenByKeyAsync(context)).WithMetadata(Access.Public);

            var chat = routes.MapGroup(prefix).WithMetadata(Access.User);
            chat.MapPatch("/mark_read", (HttpContext context) => MarkReadAsync(context));
            chat.MapGet("/messages", (HttpContext context) => MessagesAsync(context));
            chat.MapPost("/messages", (HttpContext context) => PostAsync(context));
            chat.MapPost("/attachments", (HttpContext context) => UploadAsync(context));
            chat.MapPost("/rating", (HttpContext context) => RateAsync(context));
            chat.MapDelete("/session", (HttpContext context) => SignOutAsync(context));
        }
    }

    private async Task OpenAsync(HttpContext context)
    {
        var session = Caller.SessionOf(context);
        if (session is null && !MayBecomeUser(context, out var tooMany))
            await ApiResponse.Refuse(context, tooMany);
        else
            await AnswerAsync(context, await joining.OpenAsync(session, HeadersOf(context)), session);
    }

    private async Task MarkReadAsync(HttpContext context) =>
        await ApiResponse.Of(
            context, await readMarks.MarkReadByUserAsync(Caller.KnownSessionOf(context).UserId!), ChatJson.Strict.ReadUpTo);

    private async Task MessagesAsync(HttpContext context)
    {
        if (!ApiResponse.TryNumber(context, "after", out var after) || !ApiResponse.TryNumber(context, "before", out var before)
            || !ApiResponse.TryNumber(context, "limit", out var limit) || limit == 0)
            await ApiResponse.Refuse(context, ApiError.BadRequest("`after`, `before` and `limit` must be whole numbers."));
        else if (!ApiResponse.TryTime(context, "since", out var since)
            || !ApiResponse.TryTime(context, "changed_since", out var changedSince))
            await ApiResponse.Refuse(
                context, ApiError.BadRequest("`since` and `changed_since` must be times like 2026-11-22T09:19:49.414Z."));
        else
        {
            var length = (int)Math.Min(limit ?? ChatStore.PageLength, ChatStore.LongestPage);
            await ApiResponse.Json(context, await database.ReadAsync<IReadOnlyList<SupportMessage>>(connection =>
            {
                if (ChatStore.FindOfUser(connection, Caller.KnownSessionOf(context).UserId!) is not { } chat)
                    return [];
                return changedSince is { } from ? MessageStore.ChangedSince(connection, addresses, chat, from, length)
                    : after is { } seq ? MessageStore.After(connection, addresses, chat, seq, length)
                    : since is { } time ? MessageStore.Since(connection, addresses, chat, time, length)
                    : MessageStore.Before(connection, addresses, chat, before ?? long.MaxValue, length);
            }), ChatJson.Strict.IReadOnlyListSupportMessage);
        }
    }

    private async Task PostAsync(HttpContext context)
    {
        if (!(await ApiResponse.ReadAsync(context, ChatJson.Strict.PostBody, settings.Value.Limits)).Is(out var body, out var error)
            || !(await commands.PostAsUserAsync(Caller.KnownSessionOf(context).UserId!, body.Content, body.ClientId, body.AttachmentIds))
                .Is(out var posted, out error))
            await ApiResponse.Refuse(context, error);
        else
            await ApiResponse.Json(
                context, posted.Message, ChatJson.Strict.SupportMessage,
                posted.Fresh ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private async Task UploadAsync(HttpContext context)
    {
        var chat = await commands.OpenAsync(Caller.KnownSessionOf(context).UserId!);
        await (chat.UserBlockedAt is not null
            ? UploadRequest.RefuseAsync(context, ApiError.Blocked)
            : uploads.ServeAsync(context, new Uploader(chat.Id, Sender.UserType, chat.UserId)));
    }

    private async Task RateAsync(HttpContext context)
    {
        if ((await ApiResponse.ReadAsync(context, ChatJson.Strict.RatingBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Of(
                context, await ratings.RateAsync(Caller.KnownSessionOf(context).UserId!, body), ChatJson.Strict.RatingRequest);
        else
            await ApiResponse.Refuse(context, error);
    }

    private async Task IdentifyAsync(HttpContext context)
    {
        if (!(await ApiResponse.ReadAsync(context, ChatJson.Strict.IdentifyBody, settings.Value.Limits)).Is(out var body, out var error))
        {
            await ApiResponse.Refuse(context, error);
        }
        else if (body.Token is not null)
        {
            await IdentifyAsync(context, body.Token);
        }
        else if (Caller.SessionOf(context) is not { } session)
        {
            await ApiResponse.Refuse(context, ApiError.Unauthorized);
        }
        else if (Blank.Trim(body.Email) is { } email && EmailAddress.TryParse(email) is null)
        {
            await ApiResponse.Refuse(context, ApiError.BadRequest(EmailAddress.Wanted));
        }
        else
        {
            await AnswerAsync(
                context, await joining.DescribeAsync(session, EmailAddress.TryParse(body.Email)?.Typed, Identity.Trim(body.Name)), session);
        }
    }

    private async Task IdentifyAsync(HttpContext context, string token)
    {
        var session = Caller.SessionOf(context);
        if (settings.Value.IdentitySecret.Length == 0)
            await ApiResponse.Refuse(context, new ApiError(403, "forbidden", "Signed identity is off: set LeanChat:IdentitySecret."));
        else if (await Identity.VerifyAsync(token, settings.Value.IdentitySecret, clock.GetUtcNow()) is not { } identity)
            await ApiResponse.Refuse(context, new ApiError(401, "unauthorized", "This identity token is not valid, or it has expired."));
        else
            await AnswerAsync(context, await joining.IdentifyAsync(session, identity, HeadersOf(context)), session);
    }

    private async Task OpenByKeyAsync(HttpContext context)
    {
        if (!(await ApiResponse.ReadAsync(context, ChatJson.Strict.OpenBody, settings.Value.Limits)).Is(out var body, out var error)
            || !(await joining.OpenByKeyAsync(body.Key ?? "")).Is(out var opened, out error))
            await ApiResponse.Refuse(context, error);
        else
            await AnswerAsync(context, opened, null);
    }

    private async Task SignOutAsync(HttpContext context)
    {
        await database.WriteAsync(tx =>
        {
            sessions.End(tx, Caller.KnownSessionOf(context));
            return true;
        });
        if (Cookies.UserToken(context) is not null)
            Cookies.ClearUser(context);
        await ApiResponse.NoContent(context);
    }

    /// <summary>Answers with the chat. On our own pages it also sets the cookie of a new session, or prolongs the cookie in use.</summary>
    private async Task AnswerAsync(HttpContext context, OpenedChat opened, Session? session)
    {
        if (origins.IsSameOrigin(context.Request))
        {
            if (opened.Token is { } token)
                Cookies.SetUser(context, token);
            else if (Cookies.UserToken(context) is { } cookie && session?.TokenHash == Sessions.Hash(cookie))
                Cookies.SetUser(context, cookie);
        }

        var chat = opened.Chat;
        var (user, rating) = await database.ReadAsync(
            connection => (UserStore.Find(connection, chat.UserId), ratings.Of(connection, chat)));
        await ApiResponse.Json(context, new SupportChat(
            chat.Id, opened.Messages, opened.Token, opened.Messages is [{ Seq: > 1 }, ..], presence.AdminOnline,
            new SupportChatUser(chat.UserId, user?.Email, user?.Name, user?.EmailVerified ?? false),
            settings.Value.Chosen("Widget:Greeting"), replyTime.Seconds, UtcText.Of(clock.GetUtcNow()), rating,
            settings.Value.Files.ToldBytes, settings.Value.Files.ToldTypes), ChatJson.Strict.SupportChat);
    }

    private bool MayBecomeUser(HttpContext context, out ApiError tooMany)
    {
        var may = _newUsers.TryAdd(ClientAddress.Key(context), settings.Value.Limits.NewUsersPerHour, out var retryAfter);
        tooMany = ApiError.TooManyRequests(retryAfter);
        return may;
    }

    private static ClientHeaders HeadersOf(HttpContext context) => new(
        context.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? Excerpt.Of(agent, 400) : null,
        LanguageTag.First(context.Request.Headers.AcceptLanguage.ToString()));
}
