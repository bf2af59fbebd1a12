using LeanChat.Chats;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;
using LeanChat.Web;

namespace LeanChat.Admins;

/// <summary>The dashboard's list of chats: a page of it, filtered and searched.</summary>
internal sealed class ChatListApi(ChatCommands commands, SearchIndexer index, Database database)
{
    public async Task ListAsync(HttpContext context, Session session)
    {
        var query = context.Request.Query;
        var cursor = query.TryGetValue("cursor", out var text) ? ListCursor.TryDecode(text.ToString()) : ListCursor.Start;
        if (cursor is null || !ApiResponse.TryNumber(context, "limit", out var asked) || asked == 0)
        {
            await ApiResponse.Refuse(
                context, ApiError.BadRequest("`limit` must be a whole number, and `cursor` must come from this list's `Link` header."));
            return;
        }

        if (!ApiResponse.TryTime(context, "since", out var since) || !ApiResponse.TryTime(context, "until", out var until))
        {
            await ApiResponse.Refuse(context, ApiError.BadRequest("`since` and `until` must be times like 2026-11-22T09:19:49.414Z."));
            return;
        }

        if (until is not null)
            cursor = cursor.Until(until);
        var filter = new ChatFilter(
            query["archived"] == "true", query["snoozed"] == "true", query["unanswered"] == "true",
            Blank.Trim(NullCharacter.Drop(query["tag"].ToString())),
            Assignee(query["assignee"].ToString(), session), since ?? "");
        var words = Blank.Trim(NullCharacter.Drop(query["q"].ToString()));
        var limit = (int)Math.Min(asked ?? ChatStore.PageLength, ChatStore.LongestPage);
        if (words is not null)
            await index.CatchUpAsync();
        var (chats, hits) = await database.ReadAsync(connection =>
        {
            if (words is null)
                return (ChatStore.List(connection, filter, cursor, limit + 1), []);
            var found = SearchStore.Find(connection, filter, words, cursor, limit + 1);
            return (found, SearchStore.Hits(connection, words, found));
        });
        if (chats.Count > limit)
            context.Response.Headers.Link = Next(context, words, limit, ListCursor.After(chats[limit - 1]));
        await ApiResponse.Json(
            context, [.. chats.Take(limit).Select(chat => commands.ListItem(chat) with { Hit = hits.GetValueOrDefault(chat.Row) })],
            ChatJson.Strict.IReadOnlyListSupportChatListItem);
    }

    /// <summary>The caller's own id for `me`, empty for `none`, null for everybody.</summary>
    private static string? Assignee(string asked, Session session) => asked switch
    {
        "" => null,
        "me" => session.WriterId,
        "none" => "",
        _ => asked,
    };

    /// <summary>The link to the next page, with the same filters.</summary>
    private static string Next(HttpContext context, string? words, int limit, ListCursor cursor)
    {
        var query = context.Request.Query;
        var flags = from flag in (string[])["archived", "snoozed", "unanswered"] select (flag, query[flag] == "true" ? "true" : "false");
        var texts = from name in (string[])["tag", "assignee", "since", "until"]
                    where query.ContainsKey(name)
                    select (name, query[name].ToString());
        var next = QueryString.Create(flags.Concat(texts).Concat([("q", words ?? ""), ("limit", $"{limit}"), ("cursor", cursor.Encode())])
            .Select(each => KeyValuePair.Create<string, string?>(each.Item1, each.Item2)));
        return $"<{context.Request.PathBase}{context.Request.Path}{next}>; rel=\"next\"";
    }
}
