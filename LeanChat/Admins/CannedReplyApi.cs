using LeanChat.Chats;
using LeanChat.Configuration;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>The API of canned replies: frequent answers under a short name.</summary>
internal sealed class CannedReplyApi(Database database, CurrentSettings settings)
{
    private const int ShortcutLength = 50;

    /// <summary>Answers all of them.</summary>
    public async Task ListAsync(HttpContext context, Session session) => await ApiResponse.Json(
        context,
        await database.ReadAsync(CannedReplyStore.All),
        AdminJson.Strict.IReadOnlyListCannedReply);

    /// <summary>Adds one; 409 if its shortcut is taken.</summary>
    public async Task AddAsync(HttpContext context, Session session)
    {
        if (!(await ReadAsync(context)).Is(out var reply, out var error)
            || !(await database.WriteAsync<Outcome<CannedReply>>(tx => Add(tx, reply with { Id = tx.NewId() })))
                .Is(out var added, out error))
            await ApiResponse.Refuse(context, error);
        else
            await ApiResponse.Json(context, added, AdminJson.Strict.CannedReply, StatusCodes.Status201Created);
    }

    /// <summary>Changes one; 409 if its new shortcut is taken.</summary>
    public async Task ChangeAsync(HttpContext context, Session session)
    {
        var id = context.Request.RouteValues["id"]!.ToString()!;
        if (!(await ReadAsync(context)).Is(out var reply, out var error)
            || !(await database.WriteAsync<Outcome<CannedReply>>(tx => Change(tx, reply with { Id = id }))).Is(out var changed, out error))
            await ApiResponse.Refuse(context, error);
        else
            await ApiResponse.Json(context, changed, AdminJson.Strict.CannedReply);
    }

    /// <summary>Deletes one.</summary>
    public async Task RemoveAsync(HttpContext context, Session session)
    {
        var id = context.Request.RouteValues["id"]!.ToString()!;
        var removed = await database.WriteAsync(tx => CannedReplyStore.Remove(tx, id));
        await (removed ? ApiResponse.NoContent(context) : ApiResponse.Refuse(context, ApiError.NotFound));
    }

    private static Outcome<CannedReply> Add(Transaction tx, CannedReply reply) =>
        CannedReplyStore.Add(tx, reply) ? reply : Taken(reply);

    private static Outcome<CannedReply> Change(Transaction tx, CannedReply reply) =>
        CannedReplyStore.IsTaken(tx.Connection, reply) ? Taken(reply)
        : CannedReplyStore.Change(tx, reply) ? reply
        : ApiError.NotFound;

    private async Task<Outcome<CannedReply>> ReadAsync(HttpContext context)
    {
        var limits = settings.Value.Limits;
        if (!(await ApiResponse.ReadAsync(context, AdminJson.Strict.CannedReplyBody, limits)).Is(out var body, out var error))
            return error;
        var shortcut = (body.Shortcut ?? "").Trim().TrimStart('/');
        if (Blank.Is(shortcut) || shortcut.Length > ShortcutLength || shortcut.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            return ApiError.BadRequest($"A shortcut must be one word of at most {ShortcutLength} characters.");
        return Content.Complaint(body.Content, limits.ContentLength) is { } complaint
            ? complaint
            : new CannedReply("", shortcut, NullCharacter.Drop(body.Content!));
    }

    private static ApiError Taken(CannedReply reply) => ApiError.Conflict($"/{reply.Shortcut} already exists.");
}
