using Dapper;
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

    public async Task ListAsync(HttpContext context, Session session) => await ApiResponse.Json(
        context,
        await database.ReadAsync<IReadOnlyList<CannedReply>>(connection =>
            connection.Query<CannedReply>("select id, shortcut, content from canned_replies order by shortcut").ToList()),
        AdminJson.Strict.IReadOnlyListCannedReply);

    public async Task AddAsync(HttpContext context, Session session)
    {
        if (!(await ReadAsync(context)).Is(out var reply, out var error)
            || !(await database.WriteAsync<Outcome<CannedReply>>(tx => Insert(tx, reply with { Id = tx.NewId() })))
                .Is(out var added, out error))
            await ApiResponse.Refuse(context, error);
        else
            await ApiResponse.Json(context, added, AdminJson.Strict.CannedReply, StatusCodes.Status201Created);
    }

    public async Task ChangeAsync(HttpContext context, Session session)
    {
        var id = context.Request.RouteValues["id"]!.ToString()!;
        if (!(await ReadAsync(context)).Is(out var reply, out var error)
            || !(await database.WriteAsync<Outcome<CannedReply>>(tx => Update(tx, reply with { Id = id }))).Is(out var changed, out error))
            await ApiResponse.Refuse(context, error);
        else
            await ApiResponse.Json(context, changed, AdminJson.Strict.CannedReply);
    }

    public async Task RemoveAsync(HttpContext context, Session session)
    {
        var id = context.Request.RouteValues["id"]!.ToString()!;
        var removed = await database.WriteAsync(tx => tx.Connection.Execute("delete from canned_replies where id = @id", new { id }));
        await (removed > 0 ? ApiResponse.NoContent(context) : ApiResponse.Refuse(context, ApiError.NotFound));
    }

    private static Outcome<CannedReply> Insert(Transaction tx, CannedReply reply)
    {
        var added = tx.Connection.Execute(
            """
            insert into canned_replies (id, shortcut, content, created_at) values (@Id, @Shortcut, @Content, @At)
            on conflict (shortcut) do nothing
            """,
            new { reply.Id, reply.Shortcut, reply.Content, tx.At });
        return added > 0 ? reply : Taken(reply);
    }

    private static Outcome<CannedReply> Update(Transaction tx, CannedReply reply)
    {
        var others = tx.Connection.QueryFirst<long>(
            "select exists (select 1 from canned_replies where shortcut = @Shortcut and id <> @Id)", new { reply.Shortcut, reply.Id });
        if (others == 1)
            return Taken(reply);
        var changed = tx.Connection.Execute(
            "update canned_replies set shortcut = @Shortcut, content = @Content where id = @Id",
            new { reply.Shortcut, reply.Content, reply.Id });
        return changed > 0 ? reply : ApiError.NotFound;
    }

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
            : new CannedReply("", shortcut, body.Content!);
    }

    private static ApiError Taken(CannedReply reply) => ApiError.Conflict($"/{reply.Shortcut} already exists.");
}
