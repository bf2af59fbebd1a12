using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;

namespace LeanChat.Chats;

/// <summary>The tables of chats and of their tags, where admins sort their work: tags, assignees, snoozes, ratings, edits.</summary>
internal static class DeskStore
{
    /// <summary>Stores the tags of a chat, in its row and where chats are found by them.</summary>
    public static void SetTags(Transaction tx, Chat chat)
    {
        tx.Connection.Execute("update support_chats set tags = @Tags where row = @Row", new { chat.Tags, chat.Row });
        tx.Connection.Execute("delete from chat_tags where chat = @Row", new { chat.Row });
        foreach (var tag in Tags.Read(chat.Tags))
            tx.Connection.Execute("insert into chat_tags (chat, tag) values (@Row, @tag)", new { chat.Row, tag });
    }

    /// <summary>Every tag with the number of its chats, the most used first.</summary>
    public static IReadOnlyList<TagCount> AllTags(DbConnection connection) => connection.Query<TagCount>(
        "select tag, count(*) as count from chat_tags group by tag order by count(*) desc, tag").ToList();

    /// <summary>Stores who takes care of a chat.</summary>
    public static void SetAssignee(Transaction tx, Chat chat) => tx.Connection.Execute(
        "update support_chats set assignee_id = @AssigneeId where row = @Row", new { chat.AssigneeId, chat.Row });

    /// <summary>The chats that an admin takes care of.</summary>
    public static IReadOnlyList<Chat> Of(DbConnection connection, string adminId) =>
        ChatStore.All(connection.Prepared($"{ChatStore.Select} where c.assignee_id = @adminId").With("@adminId", adminId));

    /// <summary>Stores until when a chat is snoozed.</summary>
    public static void SetSnooze(Transaction tx, Chat chat) => tx.Connection.Execute(
        "update support_chats set snoozed_until = @SnoozedUntil where row = @Row", new { chat.SnoozedUntil, chat.Row });

    /// <summary>The chats whose snooze is over.</summary>
    public static IReadOnlyList<Chat> Waking(Transaction tx, int most) => ChatStore.All(tx.Connection.Prepared(
        $"{ChatStore.Select} where c.snoozed_until <= @at order by c.snoozed_until limit @most").With("@at", tx.At).With("@most", most));

    /// <summary>When the next snooze is over; null if none is going on.</summary>
    public static string? NextWaking(DbConnection connection) =>
        connection.QueryFirstOrDefault<string>("select min(snoozed_until) from support_chats where snoozed_until is not null");

    /// <summary>A snooze is over: the chat is in the active list again, and unread until somebody opens it.</summary>
    public static void Wake(Transaction tx, Chat chat) =>
        tx.Connection.Execute("update support_chats set snoozed_until = null, unread = 1 where row = @Row", new { chat.Row });

    /// <summary>Stores the newest rating.</summary>
    public static void SetRating(Transaction tx, Chat chat) => tx.Connection.Execute(
        "update support_chats set rating = @Rating, rating_comment = @RatingComment, rated_at = @RatedAt where row = @Row",
        new { chat.Rating, chat.RatingComment, chat.RatedAt, chat.Row });

    /// <summary>Stores the preview of the last message, whose words have changed.</summary>
    public static void SetPreview(Transaction tx, Chat chat) => tx.Connection.Execute(
        "update support_chats set last_message_preview = @LastMessagePreview where row = @Row",
        new { chat.LastMessagePreview, chat.Row });

    /// <summary>Stores up to which message some were edited or deleted.</summary>
    public static void SetLastEdited(Transaction tx, Chat chat) => tx.Connection.Execute(
        "update support_chats set last_edited_seq = @LastEditedSeq where row = @Row", new { chat.LastEditedSeq, chat.Row });
}
