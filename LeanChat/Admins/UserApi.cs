using System.Data.Common;
using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.Files;
using LeanChat.Live;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>What an admin may do with a user: rename, block, export, erase.</summary>
internal sealed class UserApi(
    UserCommands commands, Sessions sessions, FileAddresses addresses, Origins origins, Database database, CurrentSettings settings)
{
    /// <summary>Gives the user another name, or none.</summary>
    public async Task RenameAsync(HttpContext context, Session session)
    {
        // A dictionary tells a null name, which clears it, from a missing one.
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.DictionaryStringString, settings.Value.Limits))
            .Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (!body.TryGetValue("name", out var name))
            await ApiResponse.Refuse(context, ApiError.BadRequest("`name` is missing; null clears it."));
        else
            await AnswerAsync(
                context, await commands.ChangeAsync(Id(context), tx => UserStore.Rename(tx, Id(context), Identity.Trim(name))));
    }

    /// <summary>Blocks the user and closes their sockets.</summary>
    public async Task BlockAsync(HttpContext context, Session session) =>
        await AnswerAsync(context, await commands.ChangeAsync(Id(context), tx =>
        {
            sessions.CloseSockets(tx, Id(context), CloseReason.Forbidden);
            return UserStore.Block(tx, Id(context), blocked: true);
        }));

    /// <summary>Unblocks the user.</summary>
    public async Task UnblockAsync(HttpContext context, Session session) =>
        await AnswerAsync(context, await commands.ChangeAsync(Id(context), tx => UserStore.Block(tx, Id(context), blocked: false)));

    /// <summary>Erases the user and their chat.</summary>
    public async Task EraseAsync(HttpContext context, Session session) =>
        await AnswerAsync(context, await commands.EraseAsync(Id(context)));

    /// <summary>Answers everything stored about the user, as a file.</summary>
    public async Task ExportAsync(HttpContext context, Session session)
    {
        var id = Id(context);
        var export = await database.ReadAsync(connection => UserStore.Find(connection, id) is { } user
            ? Export(connection, user, origins.PublicBase(context))
            : null);
        if (export is null)
        {
            await ApiResponse.Refuse(context, ApiError.NotFound);
            return;
        }

        context.Response.Headers.ContentDisposition = $"attachment; filename=\"leanchat-{export.User.Id}.json\"";
        await ApiResponse.Json(context, export, AdminJson.Strict.UserExport);
    }

    private UserExport Export(DbConnection connection, User user, string publicBase)
    {
        var chat = ChatStore.FindOfUser(connection, user.Id);
        var messages = chat is null ? [] : MessageStore.After(connection, addresses, chat, 0, int.MaxValue);
        IReadOnlyList<Attachment> uploads = chat is null ? [] : [.. AttachmentStore.UnusedOf(connection, chat.Id).Select(addresses.With)];
        return new UserExport(
            user, chat?.Id, chat?.ArchivedAt,
            [.. messages.Select(message => message with { Attachments = FileAddresses.Absolute(message.Attachments, publicBase) })],
            FileAddresses.Absolute(uploads, publicBase), SessionStore.Times(connection, user.Id));
    }

    private static Task AnswerAsync(HttpContext context, Outcome<bool> outcome) =>
        outcome.Is(out _, out var error) ? ApiResponse.NoContent(context) : ApiResponse.Refuse(context, error);

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]!.ToString()!;
}
