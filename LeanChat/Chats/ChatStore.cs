using System.Buffers.Text;
using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>Reads chats, their messages and the dashboard's list.</summary>
internal static class ChatStore
{
    public const int PageLength = 50;
    public const int LongestPage = 200;

    private const string Columns = "id, seq, client_id, content, sender_type, sender_name, read_at, created_at";

    public static Chat? Find(DbConnection connection, string chatId) =>
        First(connection.Prepared($"{Chat.Select} where c.id = @chatId").With("@chatId", chatId));

    /// <summary>Looks a known chat up by row, which is faster; the id guards against a reused row.</summary>
    public static Chat? Find(DbConnection connection, Chat known) => First(connection.Prepared(
        $"""
        select {Chat.Columns} from support_chats c join users u on u.row = @userRow and +u.id = c.user_id
        where c.row = @row and +c.id = @id
        """)
        .With("@userRow", known.UserRow).With("@row", known.Row).With("@id", known.Id));

    public static Chat? FindOfUser(DbConnection connection, string userId) =>
        First(connection.Prepared($"{Chat.Select} where c.user_id = @userId").With("@userId", userId));

    /// <summary>The message that this sender has sent under this client id.</summary>
    public static SupportMessage? FindSent(DbConnection connection, Chat chat, Sender sender, string clientId)
    {
        using var rows = (sender.IsUser
            ? connection.Prepared(
                $"select {Columns} from support_messages where chat = @chat and client_id = @clientId and sender_type = 'user'")
                .With("@chat", chat.Row).With("@clientId", clientId)
            : connection.Prepared(
                $"""
                select {Columns} from support_messages
                where chat = @chat and sender_id = @senderId and client_id = @clientId and sender_type = 'admin'
                """)
                .With("@chat", chat.Row).With("@senderId", sender.Id).With("@clientId", clientId)).Read();
        return rows.Next() ? Message(rows) : null;
    }

    /// <summary>The newest messages, or those just before a seq; oldest first.</summary>
    public static IReadOnlyList<SupportMessage> Before(
        DbConnection connection, Chat chat, long before = long.MaxValue, int limit = PageLength)
    {
        var page = Messages(connection.Prepared(
            $"select {Columns} from support_messages where chat = @chat and seq < @before order by seq desc limit @limit")
            .With("@chat", chat.Row).With("@before", before).With("@limit", limit));
        page.Reverse();
        return page;
    }

    public static IReadOnlyList<SupportMessage> After(DbConnection connection, Chat chat, long after, int limit) =>
        Messages(connection.Prepared(
            $"select {Columns} from support_messages where chat = @chat and seq > @after order by seq limit @limit")
            .With("@chat", chat.Row).With("@after", after).With("@limit", limit));

    /// <summary>The messages after a time. Binary search, without an index on time: times rise with seq, and seq has no gaps.</summary>
    public static IReadOnlyList<SupportMessage> Since(DbConnection connection, Chat chat, string since, int limit)
    {
        var (after, beyond) = (0L, chat.LastSeq + 1);
        while (beyond - after > 1)
        {
            var middle = after + ((beyond - after) / 2);
            using var row = connection.Prepared("select created_at from support_messages where chat = @chat and seq = @seq")
                .With("@chat", chat.Row).With("@seq", middle).Read();
            if (row.Next() && string.CompareOrdinal(row.Text("created_at"), since) <= 0)
                after = middle;
            else
                beyond = middle;
        }

        return After(connection, chat, after, limit);
    }

    /// <summary>A page of the dashboard's list, newest first; empty chats are left out.</summary>
    public static IReadOnlyList<Chat> List(DbConnection connection, bool archived, ListCursor from, int limit)
    {
        var rows = archived
            ? connection.Prepared(
              $"""
              {Chat.Select} where c.archived_at is not null and c.last_message_at is not null and (c.last_message_at, c.row) < (@at, @row)
              order by c.last_message_at desc, c.row desc limit @limit
              """)
            : connection.Prepared(
              $"""
              {Chat.Select} where c.archived_at is null and c.last_message_at is not null and (c.last_message_at, c.row) < (@at, @row)
              order by c.last_message_at desc, c.row desc limit @limit
              """);
        return Chats(rows.With("@at", from.At).With("@row", from.Row).With("@limit", limit));
    }

    /// <summary>How many chats are in each tab, and how many active ones are unread.</summary>
    public static Counts Count(DbConnection connection) => connection.QueryFirst<Counts>(
        """
        select (select count(*) from support_chats where archived_at is null and last_message_at is not null) as active,
          (select count(*) from support_chats where archived_at is not null and last_message_at is not null) as archived,
          (select count(*) from support_chats where unread = 1 and archived_at is null) as unread
        """);

    private static Chat? First(PreparedStatement statement)
    {
        using var row = statement.Read();
        return row.Next() ? Chat.Read(row) : null;
    }

    internal static List<Chat> Chats(PreparedStatement statement)
    {
        using var rows = statement.Read();
        var chats = new List<Chat>();
        while (rows.Next())
            chats.Add(Chat.Read(rows));
        return chats;
    }

    private static List<SupportMessage> Messages(PreparedStatement statement)
    {
        using var rows = statement.Read();
        var messages = new List<SupportMessage>();
        while (rows.Next())
            messages.Add(Message(rows));
        return messages;
    }

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    private static SupportMessage Message(PreparedStatement.Rows row) => new(
        row.Text("id"), row.Number("seq"), row.TextOrNull("client_id"), row.Text("content"), row.Text("sender_type"),
        row.TextOrNull("sender_name"), row.TextOrNull("read_at"), row.Text("created_at"));

    /// <summary>A chat as the dashboard shows it.</summary>
    public static AdminSupportChat Describe(
        Chat chat, User user, IReadOnlyList<SupportMessage> messages, IReadOnlyList<LetterNote> letters, long? unreadFrom, bool online,
        IReadOnlyList<Viewer> viewers) => new(
        chat.Id, user.Id, user.Email, user.Name, user.EmailVerified, user.BlockedAt is not null, user.CreatedAt,
        chat.ArchivedAt is not null, messages is [{ Seq: > 1 }, ..], messages, online,
        user.PageUrl, user.PageTitle, user.UserAgent, user.Referrer, user.Locale,
        user.TimeZone, unreadFrom, letters, viewers);
}

/// <summary>How many chats there are.</summary>
internal sealed record Counts(long Active, long Archived, long Unread);

/// <summary>The next page of the list starts after the chat with this time and row.</summary>
internal sealed record ListCursor(string At, long Row)
{
    /// <summary>The first page: this text sorts after every time.</summary>
    public static readonly ListCursor Start = new("~", long.MaxValue);

    public static ListCursor After(Chat chat) => new(chat.LastMessageAt!, chat.Row);

    public string Encode() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At} {Row}")));

    /// <summary>Reads a cursor made by <see cref="Encode"/>; null for anything else.</summary>
    public static ListCursor? TryDecode(string text)
    {
        if (!Base64Url.IsValid(text))
            return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ') is [var at, var row] && UtcText.TryRead(at, out _)
            && long.TryParse(row, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new ListCursor(at, number)
            : null;
    }
}
