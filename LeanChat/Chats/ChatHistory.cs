using System.Buffers.Text;
using System.Data.Common;
using System.Text;
using Dapper;
using LeanChat.Mail;
using LeanChat.People;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>The reads: a chat, a page of it, everything after a seq, the list, search. Beside the writer, never in its way.</summary>
internal static class ChatHistory
{
    public const int PageLength = 50;
    public const int LongestPage = 200;

    /// <summary>Hits of a search that are looked at, newest first: a word that everybody uses must not cost a second.</summary>
    private const int SearchedHits = 2000;

    private const string Columns = "id, seq, client_id, content, sender_type, sender_name, read_at, created_at";

    public static Chat? Find(DbConnection connection, string chatId) =>
        connection.QueryFirstOrDefault<Chat>($"{Chat.Select} where c.id = @chatId", new { chatId });

    public static Chat? FindOfUser(DbConnection connection, string userId) =>
        connection.QueryFirstOrDefault<Chat>($"{Chat.Select} where c.user_id = @userId", new { userId });

    public static SupportMessage? FindSent(DbConnection connection, string chatId, string senderId, string clientId) =>
        connection.QueryFirstOrDefault<SupportMessage>(
            $"select {Columns} from support_messages where chat_id = @chatId and sender_id = @senderId and client_id = @clientId",
            new { chatId, senderId, clientId });

    /// <summary>The newest messages, or those just before a seq; oldest first.</summary>
    public static IReadOnlyList<SupportMessage> Before(DbConnection connection, string chatId, long before = long.MaxValue, int limit = PageLength)
    {
        var page = connection.Query<SupportMessage>(
            $"select {Columns} from support_messages where chat_id = @chatId and seq < @before order by seq desc limit @limit",
            new { chatId, before, limit }).ToList();
        page.Reverse();
        return page;
    }

    public static IReadOnlyList<SupportMessage> After(DbConnection connection, string chatId, long after, int limit) =>
        connection.Query<SupportMessage>(
            $"select {Columns} from support_messages where chat_id = @chatId and seq > @after order by seq limit @limit",
            new { chatId, after, limit }).ToList();

    public static IReadOnlyList<SupportMessage> Since(DbConnection connection, string chatId, string since, int limit) =>
        connection.Query<SupportMessage>(
            $"select {Columns} from support_messages where chat_id = @chatId and created_at > @since order by created_at limit @limit",
            new { chatId, since, limit }).ToList();

    /// <summary>The dashboard's list, newest first, of chats in which something was said.</summary>
    public static IReadOnlyList<Chat> List(DbConnection connection, bool archived, string? query, ListCursor from, int limit)
    {
        var (at, id) = from;
        if (query is not null)
            return Search(connection, archived, query, from, limit);
        return archived
            ? connection.Query<Chat>(
                $"""
                {Chat.Select} where c.archived_at is not null and c.last_message_at is not null and (c.last_message_at, c.id) < (@at, @id)
                order by c.last_message_at desc, c.id desc limit @limit
                """,
                new { at, id, limit }).ToList()
            : connection.Query<Chat>(
                $"""
                {Chat.Select} where c.archived_at is null and c.last_message_at is not null and (c.last_message_at, c.id) < (@at, @id)
                order by c.last_message_at desc, c.id desc limit @limit
                """,
                new { at, id, limit }).ToList();
    }

    /// <summary>Every word of the query, each as the beginning of a word, in a message or in the user's e-mail and name.</summary>
    private static List<Chat> Search(DbConnection connection, bool archived, string query, ListCursor from, int limit)
    {
        var words = new string([.. query.Select(c => char.IsControl(c) ? ' ' : c)]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.Any(char.IsLetterOrDigit))
            .Select(word => $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"*")
            .ToList();
        if (words.Count == 0)
            return [];
        var (at, id) = from;
        return connection.Query<Chat>(
            $"""
            {Chat.Select}
            where c.id in (
                select m.chat_id from support_messages m
                where m.row in (select rowid from message_words where message_words match @match order by rowid desc limit @hits)
                union
                select k.id from support_chats k join users p on p.id = k.user_id
                where p.row in (select rowid from user_words where user_words match @match order by rowid desc limit @hits))
              and (c.archived_at is not null) = @archived and c.last_message_at is not null and (c.last_message_at, c.id) < (@at, @id)
            order by c.last_message_at desc, c.id desc limit @limit
            """,
            new { match = string.Join(' ', words), hits = SearchedHits, archived, at, id, limit }).ToList();
    }

    /// <summary>How many chats lie in each tab, and how many of the active ones wait for an answer.</summary>
    public static Counts Count(DbConnection connection) => connection.QueryFirst<Counts>(
        """
        select (select count(*) from support_chats where archived_at is null and last_message_at is not null) as active,
          (select count(*) from support_chats where archived_at is not null and last_message_at is not null) as archived,
          (select count(*) from support_chats where archived_at is null and last_message_at is not null and unread_count > 0) as unread
        """);

    /// <summary>What the dashboard knows of a chat's user.</summary>
    public static AdminSupportChat Describe(Chat chat, User user, IReadOnlyList<SupportMessage> messages, IReadOnlyList<LetterNote> letters, long? unreadFrom, bool online) => new(
        chat.Id, user.Id, user.Email, user.Name, user.EmailVerified, user.BlockedAt is not null, user.CreatedAt, chat.ArchivedAt is not null,
        messages is [{ Seq: > 1 }, ..], messages, online, user.PageUrl, user.PageTitle, user.UserAgent, user.Referrer, user.Locale, user.TimeZone, unreadFrom, letters);
}

/// <summary>How many chats there are.</summary>
internal sealed record Counts(long Active, long Archived, long Unread);

/// <summary>Where the next page of the list begins: after the chat with this time and id.</summary>
internal sealed record ListCursor(string At, string Id)
{
    /// <summary>Before everything: no time is later than this text.</summary>
    public static readonly ListCursor Start = new("~", "~");

    public static ListCursor After(Chat chat) => new(chat.LastMessageAt!, chat.Id);

    public string Encode() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{At} {Id}"));

    /// <summary>Reads what <see cref="Encode"/> made; null for anything else.</summary>
    public static ListCursor? TryDecode(string text)
    {
        if (!Base64Url.IsValid(text))
            return null;
        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ') is [var at, var id] && UtcText.TryRead(at, out _)
            ? new ListCursor(at, id)
            : null;
    }
}
