using System.Data.Common;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>The search, and the full-text index of messages: what is in it, and how far it reaches.</summary>
internal static class SearchStore
{
    /// <summary>How many hits of a search are read, newest first, so that a word that is in every message is found fast, too.</summary>
    private const int MaxHits = 2000;

    /// <summary>
    /// The chats where a message, or the user's e-mail and name, has every phrase of the query: a page of the dashboard's list. Specific
    /// to SQLite: `match` asks FTS5, whose entries are named by `rowid`.
    /// </summary>
    public static IReadOnlyList<Chat> Find(
        DbConnection connection, ChatFilter filter, string query, ListCursor from, int limit)
    {
        if (Match(SearchWords.Phrases(query)) is not { } match)
            return [];
        return ChatStore.All(connection.Prepared(
            $"""
            {ChatStore.Select}
            where c.row in (
                select m.chat from support_messages m
                where m.row in (select rowid from message_words where message_words match @match order by rowid desc limit @hits)
                union
                select k.row from support_chats k join users p on p.id = k.user_id
                where p.row in (select rowid from user_words where user_words match @match order by rowid desc limit @hits))
              and (c.archived_at is not null) = @archived and (c.snoozed_until is not null) = @snoozed
              and c.last_message_at is not null and (c.last_message_at, c.row) < (@at, @row)
              and c.last_message_at >= @since and (@unanswered = 0 or c.last_message_sender = 'user')
              and (@tag is null or c.row in (select chat from chat_tags where tag = @tag))
              and (@assignee is null or coalesce(c.assignee_id, '') = @assignee)
            order by c.last_message_at desc, c.row desc limit @limit
            """).With("@match", match).With("@hits", MaxHits).With("@archived", filter.Archived && !filter.Snoozed ? 1 : 0)
            .With("@snoozed", filter.Snoozed ? 1 : 0).With("@at", from.At).With("@row", from.Row)
            .With("@unanswered", filter.Unanswered ? 1 : 0).With("@tag", filter.Tag).With("@assignee", filter.Assignee)
            .With("@since", filter.Since).With("@limit", limit));
    }

    /// <summary>
    /// For each chat found by a message: the text around the newest hit, by the chat's row. Specific to SQLite: `match` asks FTS5, whose
    /// entries are named by `rowid`.
    /// </summary>
    public static Dictionary<long, string> Hits(DbConnection connection, string query, IEnumerable<Chat> chats)
    {
        var found = new Dictionary<long, string>();
        var (wanted, phrases) = (chats.Select(chat => chat.Row).ToHashSet(), SearchWords.Phrases(query));
        if (wanted.Count == 0 || Match(phrases) is not { } match)
            return found;
        using var hits = connection.Prepared(
            """
            select m.chat, m.row from support_messages m
            where m.row in (select rowid from message_words where message_words match @match order by rowid desc limit @hits)
            order by m.row desc
            """).With("@match", match).With("@hits", MaxHits).Read();
        while (wanted.Count > 0 && hits.Next())
        {
            var (chat, row) = (hits.Number("chat"), hits.Number("row"));
            if (wanted.Remove(chat))
                found[chat] = Snippet.Around(Content(connection, row), phrases);
        }

        return found;
    }

    /// <summary>Whether a new message is not in the index yet.</summary>
    public static bool IsBehind(DbConnection connection)
    {
        using var behind = connection.Prepared(
            "select 1 from support_messages where row > (select to_row from search_index where name = 'messages') limit 1").Read();
        return behind.Next();
    }

    /// <summary>How many messages older than the index are not in it yet.</summary>
    public static long NotIndexed(DbConnection connection)
    {
        using var older = connection.Prepared(
            """
            select count(*) as number from support_messages where row < (select from_row from search_index where name = 'messages')
            """).Read();
        return older.Next() ? older.Number("number") : 0;
    }

    /// <summary>About how many messages and users are not in the index yet, computed from row numbers without counting.</summary>
    public static long Waiting(DbConnection connection)
    {
        using var rows = connection.Prepared(
            """
            select coalesce((select max(row) from support_messages), 0) - m.to_row + m.from_row - 1 + u.from_row - 1 as number
            from search_index m join search_index u on u.name = 'users' where m.name = 'messages'
            """).Read();
        return rows.Next() ? rows.Number("number") : 0;
    }

    /// <summary>
    /// Starts indexing again from the newest row if the rules for splitting words have changed. Old entries are found until replaced.
    /// </summary>
    public static long RestartIfOutdated(Transaction tx) => tx.Connection.Prepared(
        "update search_index set version = @version, from_row = to_row + 1 where name = 'messages' and version <> @version")
        .With("@version", SearchWords.Version).Run();

    /// <summary>Indexes up to <paramref name="most"/> new messages; returns how many.</summary>
    public static long PutNewer(Transaction tx, int most, Action<Exception, long> failed)
    {
        var rows = Rows(tx.Connection.Prepared(
            """
            select row, content, attachments from support_messages where row > (select to_row from search_index where name = 'messages')
            order by row limit @most
            """).With("@most", most));
        Put(tx, rows, failed);
        if (rows.Count > 0)
            tx.Connection.Prepared("update search_index set to_row = @row where name = 'messages'").With("@row", rows[^1].Row).Run();
        return rows.Count;
    }

    /// <summary>Indexes up to <paramref name="most"/> older messages, newest first; returns about how many are left.</summary>
    public static long PutOlder(Transaction tx, int most, Action<Exception, long> failed)
    {
        var rows = Rows(tx.Connection.Prepared(
            """
            select row, content, attachments from support_messages where row < (select from_row from search_index where name = 'messages')
            order by row desc limit @most
            """).With("@most", most));
        Put(tx, rows, failed);
        var left = rows.Count < most ? 0 : rows[^1].Row - 1;
        tx.Connection.Prepared("update search_index set from_row = @row where name = 'messages'").With("@row", left + 1).Run();
        return left;
    }

    private static void Put(Transaction tx, List<(long Row, string Content)> rows, Action<Exception, long> failed)
    {
        foreach (var (row, content) in rows)
        {
            try
            {
                Put(tx, row, content);
            }
            catch (Exception e) when (e.IsOfTheRow())
            {
                // One bad row must not stop the others; the database has undone only this statement.
                failed(e, row);
            }
        }
    }

    /// <summary>
    /// The words of a message have changed: the old ones are found no more, at once. A message that is not indexed yet is left to the
    /// indexer. Specific to SQLite: the entries of `message_words`, a table of FTS5, are named by `rowid`.
    /// </summary>
    public static void Replace(Transaction tx, long row, SupportMessage message)
    {
        var content = Searched(message.Content, message.Attachments.Select(file => file.Name));
        tx.Connection.Prepared("delete from message_words where rowid = @row").With("@row", row).Run();
        using var indexed = tx.Connection.Prepared(
            "select 1 from search_index where name = 'messages' and from_row <= @row and to_row >= @row").With("@row", row).Read();
        if (!Blank.Is(content) && indexed.Next())
            Put(tx, row, content);
    }

    /// <summary>
    /// Indexes one message. Specific to SQLite: `message_words` is a table of FTS5, which replaces an entry by its `rowid`.
    /// </summary>
    private static void Put(Transaction tx, long row, string content) => tx.Connection.Prepared(
        "insert or replace into message_words (rowid, words) values (@row, @words)")
        .With("@row", row).With("@words", SearchWords.Join(content)).Run();

    /// <summary>
    /// The query; null for no phrases. Specific to SQLite: in FTS5's syntax `"one two"*` is `one` followed by a word that begins with
    /// `two`.
    /// </summary>
    internal static string? Match(List<string[]> phrases) =>
        phrases.Count == 0 ? null : string.Join(' ', phrases.Select(phrase => $"\"{string.Join(' ', phrase)}\"*"));

    private static string Content(DbConnection connection, long row)
    {
        using var message = connection.Prepared("select content, attachments from support_messages where row = @row")
            .With("@row", row).Read();
        return message.Next() ? Searched(message) : "";
    }

    /// <summary>What is found of a message: its words, and the names of its files.</summary>
    private static string Searched(PreparedStatement.Rows message) =>
        Searched(message.Text("content"), AttachmentNames.In(message.TextOrNull("attachments")));

    private static string Searched(string content, IEnumerable<string> files) => string.Join('\n', [content, .. files]);

    private static List<(long Row, string Content)> Rows(PreparedStatement statement)
    {
        using var messages = statement.Read();
        var rows = new List<(long, string)>();
        while (messages.Next())
            rows.Add((messages.Number("row"), Searched(messages)));
        return rows;
    }
}
