using System.Data.Common;
using Dapper;
using LeanChat.Files;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;

namespace LeanChat.Chats;

/// <summary>The table of messages.</summary>
internal static class MessageStore
{
    /// <summary>What <see cref="Read"/> reads.</summary>
    private const string Columns =
        "id, seq, client_id, content, sender_type, sender_name, read_at, created_at, via, edited_at, deleted_at, attachments";

    /// <summary>Adds a message; false if its sender used the client id before, or its seq is taken.</summary>
    public static bool Add(Transaction tx, Chat chat, Sender sender, SupportMessage message) => tx.Connection.Prepared(
        """
        insert into support_messages (id, chat, seq, client_id, sender_type, sender_id, sender_name, content, created_at, via, attachments)
        values (@id, @chat, @seq, @clientId, @senderType, @senderId, @senderName, @content, @createdAt, @via, @attachments)
        on conflict do nothing
        """)
        .With("@id", message.Id).With("@chat", chat.Row).With("@seq", message.Seq).With("@clientId", message.ClientId)
        .With("@senderType", sender.Type).With("@senderId", sender.Id).With("@senderName", sender.Name)
        .With("@content", message.Content).With("@createdAt", message.CreatedAt)
        .With("@via", message.Via).With("@attachments", AttachmentList.Write(message.Attachments)).Run() > 0;

    /// <summary>The message that this sender has sent under this client id.</summary>
    public static SupportMessage? FindSent(
        DbConnection connection, FileAddresses addresses, Chat chat, Sender sender, string clientId)
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
        return rows.Next() ? Read(rows, addresses) : null;
    }

    /// <summary>The newest messages, or those just before a seq; oldest first.</summary>
    public static IReadOnlyList<SupportMessage> Before(
        DbConnection connection, FileAddresses addresses, Chat chat, long before = long.MaxValue, int limit = ChatStore.PageLength)
    {
        var page = All(connection.Prepared(
            $"select {Columns} from support_messages where chat = @chat and seq < @before order by seq desc limit @limit")
            .With("@chat", chat.Row).With("@before", before).With("@limit", limit), addresses);
        page.Reverse();
        return page;
    }

    /// <summary>The messages after a seq, oldest first.</summary>
    public static IReadOnlyList<SupportMessage> After(
        DbConnection connection, FileAddresses addresses, Chat chat, long after, int limit) =>
        All(connection.Prepared(
            $"select {Columns} from support_messages where chat = @chat and seq > @after order by seq limit @limit")
            .With("@chat", chat.Row).With("@after", after).With("@limit", limit), addresses);

    /// <summary>The messages after a time.</summary>
    public static IReadOnlyList<SupportMessage> Since(
        DbConnection connection, FileAddresses addresses, Chat chat, string since, int limit) =>
        After(connection, addresses, chat, SeqAt(connection, chat, since), limit);

    /// <summary>
    /// The newest message that is not later than a time; 0 if there is none. Binary search, without an index on time: times rise with
    /// seq, and seq has no gaps.
    /// </summary>
    public static long SeqAt(DbConnection connection, Chat chat, string time)
    {
        var (after, beyond) = (0L, chat.LastSeq + 1);
        while (beyond - after > 1)
        {
            var middle = after + ((beyond - after) / 2);
            using var row = connection.Prepared("select created_at from support_messages where chat = @chat and seq = @seq")
                .With("@chat", chat.Row).With("@seq", middle).Read();
            if (row.Next() && string.CompareOrdinal(row.Text("created_at"), time) <= 0)
                after = middle;
            else
                beyond = middle;
        }

        return after;
    }

    /// <summary>The seq of the user's first message that no admin has seen; null if there is none.</summary>
    public static long? FirstUnseenByAdmins(DbConnection connection, Chat chat) => connection.QueryFirstOrDefault<long?>(
        """
        select seq from support_messages where chat = @chat and seq > @seen and sender_type = 'user' and read_at is null
        order by seq limit 1
        """,
        new { chat = chat.Row, seen = chat.AdminReadUpTo });

    /// <summary>Marks the messages of one side after a seq, up to another, as seen by the other side.</summary>
    public static void MarkSeen(Transaction tx, Chat chat, string unseenFrom, long seen, long upTo, string at) => tx.Connection.Execute(
        """
        update support_messages set read_at = @at
        where chat = @chat and seq > @seen and seq <= @upTo and sender_type = @unseenFrom and read_at is null
        """,
        new { at, chat = chat.Row, seen, upTo, unseenFrom });

    /// <summary>How many messages of the user are after a seq.</summary>
    public static long CountOfUserAfter(DbConnection connection, Chat chat, long after) => connection.QueryFirst<long>(
        "select count(*) from support_messages where chat = @chat and seq > @after and sender_type = 'user'",
        new { chat = chat.Row, after });

    /// <summary>The newest message of one side up to a seq; 0 if there is none.</summary>
    public static long NewestOf(DbConnection connection, Chat chat, string side, long upTo) => connection.QueryFirst<long>(
        "select coalesce(max(seq), 0) from support_messages where chat = @chat and seq <= @upTo and sender_type = @side",
        new { chat = chat.Row, upTo, side });

    /// <summary>How many messages were ever stored: row numbers rise with time.</summary>
    public static long CountEver(DbConnection connection) =>
        connection.QueryFirst<long>("select coalesce(max(row), 0) from support_messages");

    /// <summary>
    /// A message by its id, with its row and who sent it; null if the chat has none. Newest first, without an index on ids: who changes a
    /// message means a recent one.
    /// </summary>
    public static SentMessage? FindById(DbConnection connection, FileAddresses addresses, Chat chat, string id)
    {
        using var rows = connection.Prepared(
            $"select row, sender_id, {Columns} from support_messages where chat = @chat and id = @id order by seq desc limit 1")
            .With("@chat", chat.Row).With("@id", id).Read();
        return rows.Next() ? new SentMessage(rows.Number("row"), rows.Text("sender_id"), Read(rows, addresses)) : null;
    }

    /// <summary>Changes the words of a message, or deletes them.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="row">The message's row.</param>
    /// <param name="message">The message as it is to be.</param>
    /// <param name="sentHash">The hash of the words it has now; kept, if they are those first sent.</param>
    public static void SetContent(Transaction tx, long row, SupportMessage message, string sentHash) => tx.Connection.Execute(
        """
        update support_messages set content = @Content, edited_at = @EditedAt, deleted_at = @DeletedAt,
          attachments = case when @DeletedAt is null then attachments end,
          sent_hash = coalesce(sent_hash, @sentHash)
        where row = @row
        """,
        new { message.Content, message.EditedAt, message.DeletedAt, sentHash, row });

    /// <summary>The hash of the words first sent, if they have changed since.</summary>
    public static string? SentHash(DbConnection connection, Chat chat, long seq) => connection.QueryFirstOrDefault<string>(
        "select sent_hash from support_messages where chat = @chat and seq = @seq", new { chat = chat.Row, seq });

    /// <summary>Among the messages after a seq, up to another, those that were ever edited or deleted.</summary>
    public static IReadOnlyList<SupportMessage> Changed(
        DbConnection connection, FileAddresses addresses, Chat chat, long after, long upTo) =>
        All(connection.Prepared(
            $"""
            select {Columns} from support_messages
            where chat = @chat and seq > @after and seq <= @upTo and (edited_at is not null or deleted_at is not null) order by seq
            """).With("@chat", chat.Row).With("@after", after).With("@upTo", upTo), addresses);

    /// <summary>The messages that were edited or deleted after a time, in the order of these changes.</summary>
    public static IReadOnlyList<SupportMessage> ChangedSince(
        DbConnection connection, FileAddresses addresses, Chat chat, string since, int limit) =>
        All(connection.Prepared(
            $"""
            select {Columns} from support_messages
            where chat = @chat and (edited_at is not null or deleted_at is not null) and coalesce(deleted_at, edited_at) > @since
            order by coalesce(deleted_at, edited_at) limit @limit
            """).With("@chat", chat.Row).With("@since", since).With("@limit", limit), addresses);

    /// <summary>When a message of the chat was last edited or deleted; null: never.</summary>
    public static string? LastChange(DbConnection connection, Chat chat) => connection.QueryFirstOrDefault<string>(
        """
        select coalesce(deleted_at, edited_at) from support_messages
        where chat = @chat and (edited_at is not null or deleted_at is not null)
        order by coalesce(deleted_at, edited_at) desc limit 1
        """,
        new { chat = chat.Row });

    private static List<SupportMessage> All(PreparedStatement statement, FileAddresses addresses)
    {
        using var rows = statement.Read();
        var messages = new List<SupportMessage>();
        while (rows.Next())
            messages.Add(Read(rows, addresses));
        return messages;
    }

    private static SupportMessage Read(PreparedStatement.Rows row, FileAddresses addresses) => new(
        row.Text("id"), row.Number("seq"), row.TextOrNull("client_id"), row.Text("content"), row.Text("sender_type"),
        row.TextOrNull("sender_name"), row.TextOrNull("read_at"), row.Text("created_at"),
        AttachmentList.Read(row.TextOrNull("attachments"), addresses), row.Text("via"), row.TextOrNull("edited_at"),
        row.TextOrNull("deleted_at"));
}

/// <summary>A message, its row and the id of who sent it.</summary>
internal sealed record SentMessage(long Row, string SenderId, SupportMessage Message);
