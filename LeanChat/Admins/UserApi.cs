using Dapper;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>What an admin may do with a user: rename, block, export, erase.</summary>
internal sealed class UserApi(UserCommands commands, Sessions sessions, Database database, CurrentSettings settings)
{
    public async Task RenameAsync(HttpContext context, Session session)
    {
        // A dictionary tells a null name, which clears it, from a missing one.
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.DictionaryStringString, settings.Value.Limits))
            .Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (!body.TryGetValue("name", out var name))
            await ApiResponse.Refuse(context, ApiError.BadRequest("`name` is missing; null clears it."));
        else
            await AnswerAsync(context, await commands.ChangeAsync(Id(context), tx => Users.Rename(tx, Id(context), Identity.Trim(name))));
    }

    public async Task BlockAsync(HttpContext context, Session session) =>
        await AnswerAsync(context, await commands.ChangeAsync(Id(context), tx =>
        {
            sessions.CloseSockets(tx, Id(context), CloseReason.Forbidden);
            return Users.Block(tx, Id(context), blocked: true);
        }));

    public async Task UnblockAsync(HttpContext context, Session session) =>
        await AnswerAsync(context, await commands.ChangeAsync(Id(context), tx => Users.Block(tx, Id(context), blocked: false)));

    public async Task EraseAsync(HttpContext context, Session session) =>
        await AnswerAsync(context, await commands.EraseAsync(Id(context)));

    public async Task ExportAsync(HttpContext context, Session session)
    {
        var id = Id(context);
        var export = await database.ReadAsync(connection => Users.Find(connection, id) is { } user ? Export(connection, user) : null);
        if (export is null)
        {
            await ApiResponse.Refuse(context, ApiError.NotFound);
            return;
        }

        context.Response.Headers.ContentDisposition = $"attachment; filename=\"leanchat-{export.User.Id}.json\"";
        await ApiResponse.Json(context, export, AdminJson.Strict.UserExport);
    }

    private static UserExport Export(System.Data.Common.DbConnection connection, User user)
    {
        var chat = ChatStore.FindOfUser(connection, user.Id);
        var messages = chat is null ? [] : ChatStore.After(connection, chat, 0, int.MaxValue);
        var open = connection.Query<ExportedSession>(
            "select created_at, expires_at from sessions where user_id = @id order by created_at", new { id = user.Id }).ToList();
        return new UserExport(user, chat?.Id, chat?.ArchivedAt, messages, open);
    }

    private static Task AnswerAsync(HttpContext context, Outcome<bool> outcome) =>
        outcome.Is(out _, out var error) ? ApiResponse.NoContent(context) : ApiResponse.Refuse(context, error);

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]!.ToString()!;
}
