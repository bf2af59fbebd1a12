using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>How admins sort their work: archive, notes, tags, assignees, snoozes; and how they mend what they wrote.</summary>
internal sealed class DeskApi(DeskCommands commands, Snoozes snoozes, MessageEdits edits, Database database, CurrentSettings settings)
{
    public Task ArchiveAsync(HttpContext context, Session session) =>
        RowAsync(context, commands.ArchiveAsync(Id(context), true, session.WriterId));

    public Task UnarchiveAsync(HttpContext context, Session session) =>
        RowAsync(context, commands.ArchiveAsync(Id(context), false, session.WriterId));

    public Task MarkUnreadAsync(HttpContext context, Session session) => RowAsync(context, commands.MarkUnreadAsync(Id(context)));

    /// <summary>Every tag and how many chats have it.</summary>
    public async Task TagsAsync(HttpContext context, Session session) =>
        await ApiResponse.Json(context, await database.ReadAsync(DeskStore.AllTags), ChatJson.Strict.IReadOnlyListTagCount);

    /// <summary>Replaces the tags of a chat.</summary>
    public async Task TagAsync(HttpContext context, Session session)
    {
        if (!await IsThereAsync(context))
            await ApiResponse.Refuse(context, ApiError.NotFound);
        else if (!(await ApiResponse.ReadAsync(context, ChatJson.Strict.StringArray, settings.Value.Limits)).Is(out var tags, out _))
            await ApiResponse.Refuse(context, ApiError.BadRequest("The body must be a list of tags, like [\"billing\", \"urgent\"]."));
        else
            await RowAsync(context, commands.TagAsync(Id(context), tags));
    }

    /// <summary>Lets one admin take care of a chat, or everybody.</summary>
    public async Task AssignAsync(HttpContext context, Session session)
    {
        if (!await IsThereAsync(context))
            await ApiResponse.Refuse(context, ApiError.NotFound);
        // A dictionary tells null, which is everybody, from a missing id.
        else if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.DictionaryStringString, settings.Value.Limits))
            .Is(out var body, out var error))
            await ApiResponse.Refuse(context, error);
        else if (!body.TryGetValue("admin_id", out var adminId))
            await ApiResponse.Refuse(context, ApiError.BadRequest("`admin_id` is missing; null lets everybody take care of it."));
        else
            await RowAsync(context, commands.AssignAsync(Id(context), adminId));
    }

    /// <summary>Leaves a chat out of the active list until a time.</summary>
    public async Task SnoozeAsync(HttpContext context, Session session)
    {
        if (!await IsThereAsync(context))
            await ApiResponse.Refuse(context, ApiError.NotFound);
        else if ((await ApiResponse.ReadAsync(context, AdminJson.Strict.SnoozeBody, settings.Value.Limits)).Is(out var body, out var error))
            await RowAsync(context, snoozes.SnoozeAsync(Id(context), body.Until));
        else
            await ApiResponse.Refuse(context, error);
    }

    public Task UnsnoozeAsync(HttpContext context, Session session) => RowAsync(context, snoozes.UnsnoozeAsync(Id(context)));

    /// <summary>Adds a note that only admins see.</summary>
    public async Task AddNoteAsync(HttpContext context, Session session)
    {
        if ((await ApiResponse.ReadAsync(context, ChatJson.Strict.NoteBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Of(
                context, await commands.AddNoteAsync(Id(context), session, body.Content), ChatJson.Strict.Note,
                StatusCodes.Status201Created);
        else
            await ApiResponse.Refuse(context, error);
    }

    /// <summary>Deletes a note.</summary>
    public async Task RemoveNoteAsync(HttpContext context, Session session) =>
        await ((await commands.RemoveNoteAsync(Id(context), session)).Is(out _, out var error)
            ? ApiResponse.NoContent(context)
            : ApiResponse.Refuse(context, error));

    /// <summary>Gives one's own message other words.</summary>
    public async Task EditAsync(HttpContext context, Session session)
    {
        if ((await ApiResponse.ReadAsync(context, ChatJson.Strict.NoteBody, settings.Value.Limits)).Is(out var body, out var error))
            await ApiResponse.Of(
                context, await edits.EditAsync(session.WriterId, Id(context), MessageId(context), body.Content),
                ChatJson.Strict.SupportMessage);
        else
            await ApiResponse.Refuse(context, error);
    }

    /// <summary>Deletes one's own message.</summary>
    public async Task DeleteAsync(HttpContext context, Session session) => await ApiResponse.Of(
        context, await edits.DeleteAsync(session.WriterId, Id(context), MessageId(context)), ChatJson.Strict.SupportMessage);

    private static async Task RowAsync(HttpContext context, Task<Outcome<SupportChatListItem>> row) =>
        await ApiResponse.Of(context, await row, ChatJson.Strict.SupportChatListItem);

    /// <summary>Asked before the body is read: what does not exist is answered alike, whatever is sent.</summary>
    private Task<bool> IsThereAsync(HttpContext context) =>
        database.ReadAsync(connection => ChatStore.Find(connection, Id(context)) is not null);

    private static string Id(HttpContext context) => context.Request.RouteValues["id"]!.ToString()!;

    private static string MessageId(HttpContext context) => context.Request.RouteValues["mid"]!.ToString()!;
}

/// <summary>Until when a chat is to be snoozed.</summary>
internal sealed record SnoozeBody(string? Until);
