using Dapper;
using LeanChat.Chats;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Admins;

/// <summary>What an admin may do about a person: name, block, hand out what is known, erase.</summary>
internal sealed class UserFiles(ChatDesk desk, Sessions sessions, Database database, CurrentSettings settings)
{
    public async Task RenameAsync(HttpContext context, Session session)
    {
        // A dictionary knows a name that is null, which clears it, from one that is not there.
        if (!(await Answer.ReadAsync(context, Frames.Json.DictionaryStringString, settings.Value.Limits)).Is(out var body, out var refusal))
            await Answer.Refuse(context, refusal);
        else if (!body.TryGetValue("name", out var name))
            await Answer.Refuse(context, Refusal.BadRequest("Say which `name`; null clears it."));
        else
            await DoneAsync(context, await desk.ChangeUserAsync(Id(context), tx => Users.Rename(tx, Id(context), Identity.Trim(name))));
    }

    public async Task BlockAsync(HttpContext context, Session session) => await DoneAsync(context, await desk.ChangeUserAsync(Id(context), tx =>
    {
        sessions.Dismiss(tx, Id(context), Goodbye.Forbidden);
        return Users.Block(tx, Id(context), blocked: true);
    }));

    public async Task UnblockAsync(HttpContext context, Session session) =>
        await DoneAsync(context, await desk.ChangeUserAsync(Id(context), tx => Users.Block(tx, Id(context), blocked: false)));

    public async Task EraseAsync(HttpContext context, Session session) => await DoneAsync(context, await desk.EraseAsync(Id(context), sessions));

    public async Task ExportAsync(HttpContext context, Session session)
    {
        var id = Id(context);
        var export = await database.ReadAsync(connection => Users.Find(connection, id) is { } user ? Export(connection, user) : null);
        if (export is null)
        {
            await Answer.Refuse(context, Refusal.NotFound);
            return;
        }

        context.Response.Headers.ContentDisposition = $"attachment; filename=\"leanchat-{export.User.Id}.json\"";
        await Answer.Json(context, export, Frames.Json.UserExport);
    }

    private static UserExport Export(System.Data.Common.DbConnection connection, User user)
    {
        var chat = ChatHistory.FindOfUser(connection, user.Id);
        var messages = chat is null ? [] : ChatHistory.After(connection, chat, 0, int.MaxValue);
        var open = connection.Query<ExportedSession>(
            "select created_at, expires_at from sessions where user_id = @id order by created_at", new { id = user.Id }).ToList();
        return new UserExport(user, chat?.Id, chat?.ArchivedAt, messages, open);
    }

    private static Task DoneAsync(HttpContext context, Outcome<bool> outcome) =>
        outcome.Is(out _, out var refusal) ? Answer.NoContent(context) : Answer.Refuse(context, refusal);

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]!.ToString()!;
}
