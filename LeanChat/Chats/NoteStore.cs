using System.Data.Common;
using Dapper;
using LeanChat.Storage;

namespace LeanChat.Chats;

/// <summary>The table of notes.</summary>
internal static class NoteStore
{
    /// <summary>The notes of a chat, oldest first.</summary>
    public static IReadOnlyList<Note> All(DbConnection connection, string chatId) => connection.Query<Note>(
        """
        select n.id, n.content, n.admin_name, n.created_at, n.after_seq
        from notes n join support_chats c on c.row = n.chat where c.id = @chatId order by n.created_at, n.after_seq, n.id
        """,
        new { chatId }).ToList();

    /// <summary>When the newest note of a chat was written; null: it has none.</summary>
    public static string? LastTime(DbConnection connection, Chat chat) => connection.QueryFirstOrDefault<string>(
        "select max(created_at) from notes where chat = @Row", new { chat.Row });

    /// <summary>Adds a note.</summary>
    public static void Add(Transaction tx, Chat chat, string adminId, Note note) => tx.Connection.Execute(
        """
        insert into notes (id, chat, after_seq, admin_id, admin_name, content, created_at)
        values (@Id, @Row, @AfterSeq, @adminId, @AdminName, @Content, @CreatedAt)
        """,
        new { note.Id, chat.Row, note.AfterSeq, adminId, note.AdminName, note.Content, note.CreatedAt });

    /// <summary>Who wrote a note: the id of an admin or an API token; null if there is no such note.</summary>
    public static string? WriterOf(DbConnection connection, string id) =>
        connection.QueryFirstOrDefault<string>("select admin_id from notes where id = @id", new { id });

    /// <summary>Deletes a note; returns the row of its chat, null if there is no such note.</summary>
    public static long? Remove(Transaction tx, string id) =>
        tx.Connection.QueryFirstOrDefault<long?>("delete from notes where id = @id returning chat", new { id });

    /// <summary>The id of the chat in a row.</summary>
    public static string ChatId(DbConnection connection, long row) =>
        connection.QueryFirst<string>("select id from support_chats where row = @row", new { row });

    /// <summary>Notes follow the messages into another chat, where each gets a seq that is so much higher.</summary>
    public static void Move(Transaction tx, Chat from, Chat into, long higher) => tx.Connection.Execute(
        "update notes set chat = @into, after_seq = after_seq + @higher where chat = @from",
        new { into = into.Row, higher, from = from.Row });
}
