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

/// <summary>The reads: a chat, a page of it, everything after a seq, the list. Beside the writer, never in its way.</summary>
internal static class ChatStore
{
    public const int PageLength = 50;
    public const int LongestPage = 200;

    private const string Columns = "id, seq, client_id, content, sender_type, sender_name, read_at, created_at";

    public static Chat? Find(DbConnection connection, string chatId) => First(connection.Prepared($"{Chat.Select} where c.id = @chatId").With("@chatId", chatId));

    /// <summary>A chat that was looked up before, as it is now: by rows, which is quicker. Others may have got those since; its id nobody gets.</summary>
    public static Chat? Find(DbConnection connection, Chat known) => First(connection.Prepared(
        $"select {Chat.Columns} from support_chats c join users u on u.row = @userRow and +u.id = c.user_id where c.row = @row and +c.id = @id")
        .With("@userRow", known.UserRow).With("@row", known.Row).With("@id", known.Id));

    public static Chat? FindOfUser(DbConnection connection, string userId) => First(connection.Prepared($"{Chat.Select} where c.user_id = @userId").With("@userId", userId));

    /// <summary>What this sender has said under this client id.</summary>
    public static SupportMessage? FindSent(DbConnection connection, Chat chat, Sender sender, string clientId)
    {
        using var rows = (sender.IsUser
            ? connection.Prepared($"select {Columns} from support_messages where chat = @chat and client_id = @clientId and sender_type = 'user'")
                .With("@chat", chat.Row).With("@clientId", clientId)
            : connection.Prepared($"select {Columns} from support_messages where chat = @chat and sender_id = @senderId and client_id = @clientId and sender_type = 'admin'")
                .With("@chat", chat.Row).With("@senderId", sender.Id).With("@clientId", clientId)).Read();
        return rows.Next() ? Message(rows) : null;
    }

    /// <summary>The newest messages, or those just before a seq; oldest first.</summary>
    public static IReadOnlyList<SupportMessage> Before(DbConnection connection, Chat chat, long before = long.MaxValue, int limit = PageLength)
    {
        var page = Messages(connection.Prepared($"select {Columns} from support_messages where chat = @chat and seq < @before order by seq desc limit @limit")
            .With("@chat", chat.Row).With("@before", before).With("@limit", limit));
        page.Reverse();
        return page;
    }

    public static IReadOnlyList<SupportMessage> After(DbConnection connection, Chat chat, long after, int limit) =>
        Messages(connection.Prepared($"select {Columns} from support_messages where chat = @chat and seq > @after order by seq limit @limit")
            .With("@chat", chat.Row).With("@after", after).With("@limit", limit));

    /// <summary>By time. Times rise strictly with seq, and seq has no gaps: so the place is found by halving, without an index of its own.</summary>
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

    /// <summary>The dashboard's list, newest first, of chats in which something was said.</summary>
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

    /// <summary>How many chats lie in each tab, and how many of the active ones wait for an answer.</summary>
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

    /// <summary>A row of <see cref="Columns"/>.</summary>
    private static SupportMessage Message(PreparedStatement.Rows row) => new(
        row.Text("id"), row.Number("seq"), row.TextOrNull("client_id"), row.Text("content"), row.Text("sender_type"), row.TextOrNull("sender_name"),
        row.TextOrNull("read_at"), row.Text("created_at"));

    /// <summary>What the dashboard knows of a chat's user.</summary>
    public static AdminSupportChat Describe(Chat chat, User user, IReadOnlyList<SupportMessage> messages, IReadOnlyList<LetterNote> letters, long? unreadFrom, bool online, IReadOnlyList<Viewer> viewers) => new(
        chat.Id, user.Id, user.Email, user.Name, user.EmailVerified, user.BlockedAt is not null, user.CreatedAt, chat.ArchivedAt is not null,
        messages is [{ Seq: > 1 }, ..], messages, online, user.PageUrl, user.PageTitle, user.UserAgent, user.Referrer, user.Locale, user.TimeZone, unreadFrom, letters, viewers);
}

/// <summary>How many chats there are.</summary>
internal sealed record Counts(long Active, long Archived, long Unread);

/// <summary>Where the next page of the list begins: after the chat with this time and row.</summary>
internal sealed record ListCursor(string At, long Row)
{
    /// <summary>Before everything: no time is later than this text.</summary>
    public static readonly ListCursor Start = new("~", long.MaxValue);

    public static ListCursor After(Chat chat) => new(chat.LastMessageAt!, chat.Row);

    public string Encode() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At} {Row}")));

    /// <summary>Reads what <see cref="Encode"/> made; null for anything else.</summary>
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
