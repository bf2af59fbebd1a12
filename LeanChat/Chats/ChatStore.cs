using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>The table of chats, read together with their users.</summary>
internal static class ChatStore
{
    /// <summary>The chats or messages of a page, unless another number is asked for.</summary>
    public const int PageLength = 50;

    /// <summary>The most that can be asked for.</summary>
    public const int LongestPage = 200;

    /// <summary>What <see cref="Read"/> reads of the chat `c` and its user `u`.</summary>
    private const string Columns =
        """
        c.row, u.row as user_row, c.id, c.user_id, u.email, u.name, u.email_verified, u.blocked_at, u.page_url, u.time_zone,
          c.last_seq, c.message_count, c.last_message_at, c.last_message_preview, c.last_message_sender, c.last_message_name,
          c.last_message_admin, c.admin_viewed_at, c.unread_count, c.unread, c.user_read_at, c.user_read_up_to, c.admin_read_up_to,
          c.last_user_seq, c.last_admin_seq, c.archived_at, c.tags, c.assignee_id, coalesce(a.name, a.email) as assignee_name,
          c.snoozed_until, c.rating, c.rating_comment, c.rated_at, c.last_edited_seq
        """;

    /// <summary>Every chat, for <see cref="All"/>; a condition follows.</summary>
    internal const string Select =
        $"select {Columns} from support_chats c join users u on u.id = c.user_id left join admins a on a.id = c.assignee_id";

    /// <summary>The chat with this id; null if there is none.</summary>
    public static Chat? Find(DbConnection connection, string chatId) =>
        First(connection.Prepared($"{Select} where c.id = @chatId").With("@chatId", chatId));

    /// <summary>
    /// Looks a known chat up by row, which is faster; the id guards against a reused row. Specific to SQLite: it gives the numbers of
    /// deleted rows again, and only a `+` keeps it from going by the index of the id.
    /// </summary>
    public static Chat? Find(DbConnection connection, Chat known) => First(connection.Prepared(
        $"""
        select {Columns} from support_chats c join users u on u.row = @userRow and +u.id = c.user_id
          left join admins a on a.id = c.assignee_id
        where c.row = @row and +c.id = @id
        """)
        .With("@userRow", known.UserRow).With("@row", known.Row).With("@id", known.Id));

    /// <summary>The chat of this user; null if there is none.</summary>
    public static Chat? FindOfUser(DbConnection connection, string userId) =>
        First(connection.Prepared($"{Select} where c.user_id = @userId").With("@userId", userId));

    /// <summary>
    /// A page of the dashboard's list, newest first; empty chats are left out. It walks the index of the whole list and skips what the
    /// filter leaves out: an index for each filter would cost a page with every message.
    /// </summary>
    public static IReadOnlyList<Chat> List(DbConnection connection, ChatFilter filter, ListCursor from, int limit)
    {
        var rows = filter.Snoozed
            ? connection.Prepared(
              $"""
              {Select} where c.snoozed_until is not null and c.last_message_at is not null and (c.last_message_at, c.row) < (@at, @row)
                and c.last_message_at >= @since and (@unanswered = 0 or c.last_message_sender = 'user')
                and (@tag is null or c.row in (select chat from chat_tags where tag = @tag))
                and (@assignee is null or coalesce(c.assignee_id, '') = @assignee)
              order by c.last_message_at desc, c.row desc limit @limit
              """)
            : filter.Archived
            ? connection.Prepared(
              $"""
              {Select} where c.archived_at is not null and c.last_message_at is not null and (c.last_message_at, c.row) < (@at, @row)
                and c.last_message_at >= @since and (@unanswered = 0 or c.last_message_sender = 'user')
                and (@tag is null or c.row in (select chat from chat_tags where tag = @tag))
                and (@assignee is null or coalesce(c.assignee_id, '') = @assignee)
              order by c.last_message_at desc, c.row desc limit @limit
              """)
            : connection.Prepared(
              $"""
              {Select} where c.archived_at is null and c.last_message_at is not null and (c.last_message_at, c.row) < (@at, @row)
                and c.snoozed_until is null and c.last_message_at >= @since
                and (@unanswered = 0 or c.last_message_sender = 'user')
                and (@tag is null or c.row in (select chat from chat_tags where tag = @tag))
                and (@assignee is null or coalesce(c.assignee_id, '') = @assignee)
              order by c.last_message_at desc, c.row desc limit @limit
              """);
        return All(rows.With("@at", from.At).With("@row", from.Row).With("@unanswered", filter.Unanswered ? 1 : 0)
            .With("@tag", filter.Tag).With("@assignee", filter.Assignee).With("@since", filter.Since).With("@limit", limit));
    }

    /// <summary>How many chats are in each tab, and how many active ones are unread. Snoozed ones are counted apart.</summary>
    public static Counts Count(DbConnection connection) => connection.QueryFirst<Counts>(
        """
        select (select count(*) from support_chats where archived_at is null and last_message_at is not null)
            - (select count(*) from support_chats where snoozed_until is not null and last_message_at is not null) as active,
          (select count(*) from support_chats where archived_at is not null and last_message_at is not null) as archived,
          (select count(*) from support_chats where unread = 1 and archived_at is null and snoozed_until is null) as unread,
          (select count(*) from support_chats where snoozed_until is not null and last_message_at is not null) as snoozed
        """);

    /// <summary>How many chats there are, empty ones too.</summary>
    public static long CountAll(DbConnection connection) => connection.QueryFirst<long>("select count(*) from support_chats");

    /// <summary>The users of empty chats that were opened before a time.</summary>
    public static IReadOnlyList<string> UsersOfEmpty(DbConnection connection, DateTimeOffset before, int most) => connection.Query<string>(
        """
        select u.id from support_chats c join users u on u.id = c.user_id
        where c.last_message_at is null and c.created_at < @before limit @most
        """,
        new { before = UtcText.Of(before), most }).ToList();

    /// <summary>The users of chats that were archived before a time.</summary>
    public static IReadOnlyList<string> UsersOfArchived(DbConnection connection, DateTimeOffset before, int most) =>
        connection.Query<string>(
            """
            select user_id from support_chats
            where archived_at is not null and last_message_at is not null and archived_at < @before limit @most
            """,
            new { before = UtcText.Of(before), most }).ToList();

    /// <summary>Adds an empty chat.</summary>
    public static void Add(Transaction tx, string userId) => tx.Connection.Execute(
        "insert into support_chats (id, user_id, created_at) values (@id, @userId, @at)", new { id = tx.NewId(), userId, at = tx.At });

    /// <summary>Stores what a new message changes, except whether the chat is unread and archived.</summary>
    public static void SetNewest(Transaction tx, Chat chat) => tx.Connection.Prepared(
        """
        update support_chats set last_seq = @lastSeq, message_count = @messageCount, last_message_at = @lastMessageAt,
          last_message_preview = @lastMessagePreview, last_message_sender = @lastMessageSender, last_message_name = @lastMessageName,
          last_message_admin = @lastMessageAdmin, unread_count = @unreadCount, last_user_seq = @lastUserSeq, last_admin_seq = @lastAdminSeq
        where row = @row
        """)
        .With("@lastSeq", chat.LastSeq).With("@messageCount", chat.MessageCount).With("@lastMessageAt", chat.LastMessageAt)
        .With("@lastMessagePreview", chat.LastMessagePreview).With("@lastMessageSender", chat.LastMessageSender)
        .With("@lastMessageName", chat.LastMessageName).With("@lastMessageAdmin", chat.LastMessageAdmin)
        .With("@unreadCount", chat.UnreadCount)
        .With("@lastUserSeq", chat.LastUserSeq).With("@lastAdminSeq", chat.LastAdminSeq)
        .With("@row", chat.Row).Run();

    /// <summary>
    /// Makes a chat unread and active. A statement of its own: an update rewrites the index of every column that it names, even if the
    /// value stays the same.
    /// </summary>
    public static void SetUnread(Transaction tx, Chat chat) =>
        tx.Connection.Prepared("update support_chats set unread = 1, archived_at = null where row = @row").With("@row", chat.Row).Run();

    /// <summary>An admin marks a chat unread: it stays where it is, and no message becomes unread.</summary>
    public static void MarkUnread(Transaction tx, Chat chat) =>
        tx.Connection.Execute("update support_chats set unread = 1 where id = @Id", new { chat.Id });

    /// <summary>Stores when and up to which message the user has read.</summary>
    public static void SetUserRead(Transaction tx, Chat chat, string at, long seq) => tx.Connection.Execute(
        "update support_chats set user_read_at = @at, user_read_up_to = @seq where id = @id", new { at, seq, id = chat.Id });

    /// <summary>Stores when and up to which message an admin has viewed the chat, and what is unread still.</summary>
    public static void SetViewed(Transaction tx, Chat chat) => tx.Connection.Execute(
        """
        update support_chats set admin_viewed_at = @AdminViewedAt, unread_count = @UnreadCount,
          unread = case when @UnreadCount > 0 then 1 else 0 end, admin_read_up_to = @AdminReadUpTo
        where id = @Id
        """,
        new { chat.AdminViewedAt, chat.UnreadCount, chat.AdminReadUpTo, chat.Id });

    /// <summary>Stores whether the chat is archived, and since when. That ends a snooze.</summary>
    public static void SetArchived(Transaction tx, Chat chat) => tx.Connection.Execute(
        "update support_chats set archived_at = @ArchivedAt, snoozed_until = null where id = @Id", new { chat.ArchivedAt, chat.Id });

    /// <summary>Deletes a chat; the foreign keys delete its messages, letters and keys with it.</summary>
    public static void Remove(Transaction tx, Chat chat) =>
        tx.Connection.Execute("delete from support_chats where id = @Id", new { chat.Id });

    /// <summary>The chats of a statement that begins with <see cref="Select"/>.</summary>
    internal static List<Chat> All(PreparedStatement statement)
    {
        using var rows = statement.Read();
        var chats = new List<Chat>();
        while (rows.Next())
            chats.Add(Read(rows));
        return chats;
    }

    private static Chat? First(PreparedStatement statement)
    {
        using var row = statement.Read();
        return row.Next() ? Read(row) : null;
    }

    private static Chat Read(PreparedStatement.Rows row) => new(
        row.Number("row"),
        row.Number("user_row"),
        row.Text("id"),
        row.Text("user_id"),
        row.TextOrNull("email"),
        row.TextOrNull("name"),
        row.Number("email_verified") != 0,
        row.TextOrNull("blocked_at"),
        row.TextOrNull("page_url"),
        row.TextOrNull("time_zone"),
        row.Number("last_seq"),
        row.Number("message_count"),
        row.TextOrNull("last_message_at"),
        row.TextOrNull("last_message_preview"),
        row.TextOrNull("last_message_sender"),
        row.TextOrNull("last_message_name"),
        row.TextOrNull("last_message_admin"),
        row.TextOrNull("admin_viewed_at"),
        row.Number("unread_count"),
        row.Number("unread") != 0,
        row.TextOrNull("user_read_at"),
        row.Number("user_read_up_to"),
        row.Number("admin_read_up_to"),
        row.Number("last_user_seq"),
        row.Number("last_admin_seq"),
        row.TextOrNull("archived_at"),
        row.TextOrNull("tags"),
        row.TextOrNull("assignee_id"),
        row.TextOrNull("assignee_name"),
        row.TextOrNull("snoozed_until"),
        row.TextOrNull("rating"),
        row.TextOrNull("rating_comment"),
        row.TextOrNull("rated_at"),
        row.Number("last_edited_seq"));
}

/// <summary>How many chats there are.</summary>
internal sealed record Counts(long Active, long Archived, long Unread, long Snoozed);
