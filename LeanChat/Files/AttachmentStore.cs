using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Files;

/// <summary>
/// The table of files, and how many bytes they have in all. Triggers keep that number, and note whose bytes are to be erased.
/// </summary>
internal static class AttachmentStore
{
    /// <summary>A smaller file counts as this many bytes of a user's day.</summary>
    public const int LeastCounted = 16 << 10;

    /// <summary>Adds a file that is about to be uploaded; false if its chat is gone.</summary>
    public static bool Add(Transaction tx, string id, Uploader uploader, string name, long reserved) => tx.Connection.Execute(
        """
        insert into attachments (id, chat, sender_type, sender_id, name, type, size, created_at)
        select @id, row, @SenderType, @SenderId, @name, '', @reserved, @at from support_chats where id = @ChatId
        """,
        new { id, uploader.ChatId, uploader.SenderType, uploader.SenderId, name, reserved, at = tx.At }) > 0;

    /// <summary>All of a file is stored; false if it was erased meanwhile.</summary>
    public static bool Complete(Transaction tx, Attachment file) => tx.Connection.Execute(
        """
        update attachments set name = @Name, type = @Type, size = @Size, width = @Width, height = @Height, stored_at = @at
        where id = @Id and stored_at is null
        """,
        new { file.Id, file.Name, file.Type, file.Size, file.Width, file.Height, at = tx.At }) > 0;

    /// <summary>Deletes a file that no message has.</summary>
    public static bool Remove(Transaction tx, string id) =>
        tx.Connection.Execute("delete from attachments where id = @id and message_id is null", new { id }) > 0;

    /// <summary>The bytes of all files, with what is reserved.</summary>
    public static long Total(DbConnection connection) => connection.QueryFirst<long>("select bytes from attachment_total");

    /// <summary>The bytes of a user since a time, with what is reserved.</summary>
    public static long OfUser(DbConnection connection, string userId, string since) => connection.QueryFirst<long>(
        """
        select coalesce(sum(case when size < @LeastCounted then @LeastCounted else size end), 0) from attachments
        where sender_type = 'user' and sender_id = @userId and created_at > @since
        """,
        new { userId, since, LeastCounted });

    /// <summary>When the oldest of these was begun; null if there is none.</summary>
    public static string? OldestOfUser(DbConnection connection, string userId, string since) => connection.QueryFirstOrDefault<string>(
        "select min(created_at) from attachments where sender_type = 'user' and sender_id = @userId and created_at > @since",
        new { userId, since });

    /// <summary>A file that its uploader may send in this chat: whole, and in no message yet.</summary>
    public static KeptAttachment? FindUnused(DbConnection connection, long chat, string senderType, string senderId, string id) =>
        connection.QueryFirstOrDefault<KeptAttachment>(
            """
            select id, name, type, size, width, height from attachments
            where id = @id and chat = @chat and sender_type = @senderType and sender_id = @senderId
              and stored_at is not null and message_id is null and erased_at is null
            """,
            new { chat, senderType, senderId, id });

    /// <summary>The whole files of a chat that no message has taken.</summary>
    public static List<KeptAttachment> UnusedOf(DbConnection connection, string chatId) => connection.Query<KeptAttachment>(
        """
        select a.id, a.name, a.type, a.size, a.width, a.height from attachments a join support_chats c on c.row = a.chat
        where c.id = @chatId and a.message_id is null and a.stored_at is not null order by a.id
        """,
        new { chatId }).ToList();

    /// <summary>The files of a chat that can still be read.</summary>
    public static List<KeptAttachment> KeptOf(DbConnection connection, string chatId) => connection.Query<KeptAttachment>(
        """
        select a.id, a.name, a.type, a.size, a.width, a.height from attachments a join support_chats c on c.row = a.chat
        where c.id = @chatId and a.stored_at is not null and a.erased_at is null order by a.id
        """,
        new { chatId }).ToList();

    /// <summary>A message takes a file.</summary>
    public static void Use(Transaction tx, string id, string messageId) =>
        tx.Connection.Execute("update attachments set message_id = @messageId where id = @id", new { id, messageId });

    /// <summary>A file that can be served; null if it is unknown, not whole, or erased.</summary>
    public static KeptAttachment? FindStored(DbConnection connection, string id) => connection.QueryFirstOrDefault<KeptAttachment>(
        """
        select id, name, type, size, width, height from attachments
        where id = @id and stored_at is not null and erased_at is null
        """,
        new { id });

    /// <summary>Moves all files of a chat into another one, used or not; the user's then belong to its user.</summary>
    public static void Move(Transaction tx, long from, long into, string userId) => tx.Connection.Execute(
        """
        update attachments set chat = @into, sender_id = case when sender_type = 'user' then @userId else sender_id end
        where chat = @from
        """,
        new { from, into, userId });

    /// <summary>Moves what was refused in a chat into another one.</summary>
    public static void MoveRefused(Transaction tx, long from, long into) =>
        tx.Connection.Execute("update refused_attachments set chat = @into where chat = @from", new { from, into });

    /// <summary>Uploads that no message took before a time, and those that were never completed.</summary>
    public static List<string> Unused(DbConnection connection, DateTimeOffset unused, DateTimeOffset incomplete, int most) =>
        connection.Query<string>(
            """
            select id from attachments
            where message_id is null and created_at <= @incomplete and (stored_at is null or created_at <= @unused) limit @most
            """,
            new { unused = UtcText.Of(unused), incomplete = UtcText.Of(incomplete), most }).ToList();

    /// <summary>Files of messages that are older than a time.</summary>
    public static List<string> Old(DbConnection connection, DateTimeOffset before, int most) => connection.Query<string>(
        "select id from attachments where message_id is not null and erased_at is null and created_at <= @before limit @most",
        new { before = UtcText.Of(before), most }).ToList();

    /// <summary>The bytes of a file go, its name and size stay.</summary>
    public static void Erase(Transaction tx, string id) =>
        tx.Connection.Execute("update attachments set erased_at = @at where id = @id and erased_at is null", new { id, at = tx.At });

    /// <summary>Notes that a file was refused because of a virus.</summary>
    public static void AddRefused(Transaction tx, string chatId, string name, string reason) => tx.Connection.Execute(
        """
        insert into refused_attachments (id, chat, name, reason, at)
        select @id, row, @name, @reason, @at from support_chats where id = @chatId
        """,
        new { id = tx.NewId(), chatId, name, reason, at = tx.At });

    /// <summary>The newest files that were refused in a chat, oldest first.</summary>
    public static List<RefusedFile> Refused(DbConnection connection, string chatId) => connection.Query<RefusedFile>(
        """
        select r.name, r.reason, r.at from refused_attachments r join support_chats c on c.row = r.chat
        where c.id = @chatId order by r.id
        """,
        new { chatId }).ToList();
}

/// <summary>A file that was refused because a virus was found in it.</summary>
/// <param name="Reason">What the virus scanner calls it.</param>
internal sealed record RefusedFile(string Name, string Reason, string At);

/// <summary>Who uploads a file, and for which chat.</summary>
internal sealed record Uploader(string ChatId, string SenderType, string SenderId)
{
    /// <summary>Whether it is the person on the website: their uploads are counted.</summary>
    public bool IsUser => SenderType == "user";
}
