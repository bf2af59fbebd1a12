using System.Data.Common;
using Dapper;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>The table of conversations. A chat's last one is open while the chat is active.</summary>
internal static class ConversationStore
{
    /// <summary>A user's message begins a conversation.</summary>
    public static void Begin(Transaction tx, Chat chat, SupportMessage message) => tx.Connection.Execute(
        "insert into conversations (chat, first_seq, began_at, page_url) values (@Row, @Seq, @CreatedAt, @PageUrl)",
        new { chat.Row, message.Seq, message.CreatedAt, chat.PageUrl });

    /// <summary>An admin has written: if nobody had before, that is the first reply of the last conversation.</summary>
    public static void Reply(Transaction tx, Chat chat, SupportMessage message) => tx.Connection.Execute(
        """
        update conversations set reply_seq = @Seq, replied_at = @CreatedAt
        where chat = @Row and reply_seq is null and first_seq = (select max(first_seq) from conversations where chat = @Row)
        """,
        new { message.Seq, message.CreatedAt, chat.Row });

    /// <summary>The last conversation was archived. What was archived before keeps its time.</summary>
    public static void Archive(Transaction tx, Chat chat) => tx.Connection.Execute(
        """
        update conversations set archived_at = @At
        where chat = @Row and archived_at is null and first_seq = (select max(first_seq) from conversations where chat = @Row)
        """,
        new { tx.At, chat.Row });

    /// <summary>The last conversation of a chat; null if there was none.</summary>
    public static Conversation? Last(DbConnection connection, Chat chat) => connection.QueryFirstOrDefault<Conversation>(
        """
        select first_seq, rating, rating_comment from conversations where chat = @Row order by first_seq desc limit 1
        """,
        new { chat.Row });

    /// <summary>Stores what the user said of a conversation.</summary>
    public static void Rate(Transaction tx, Chat chat, long firstSeq, string score, string? comment) => tx.Connection.Execute(
        """
        update conversations set rating = @score, rating_comment = @comment, rated_at = @At where chat = @Row and first_seq = @firstSeq
        """,
        new { score, comment, tx.At, chat.Row, firstSeq });

    /// <summary>All conversations of a chat, oldest first.</summary>
    public static IReadOnlyList<ConversationTimes> All(DbConnection connection, string chatId) => connection.Query<ConversationTimes>(
        """
        select k.first_seq, k.began_at, k.page_url, k.replied_at, k.archived_at, k.rating, k.rating_comment, k.rated_at
        from conversations k join support_chats c on c.row = k.chat where c.id = @chatId order by k.first_seq
        """,
        new { chatId }).ToList();

    /// <summary>Conversations follow their messages into another chat, where each gets a seq that is so much higher.</summary>
    public static void Move(Transaction tx, Chat from, Chat into, long higher) => tx.Connection.Execute(
        """
        update conversations set chat = @into, first_seq = first_seq + @higher, reply_seq = reply_seq + @higher where chat = @from
        """,
        new { into = into.Row, higher, from = from.Row });
}

/// <summary>A conversation, and what the user said of it.</summary>
internal sealed record Conversation(long FirstSeq, string? Rating, string? RatingComment);

/// <summary>A conversation as an export has it.</summary>
internal sealed record ConversationTimes(
    long FirstSeq, string BeganAt, string? PageUrl, string? RepliedAt, string? ArchivedAt, string? Rating, string? RatingComment,
    string? RatedAt);
