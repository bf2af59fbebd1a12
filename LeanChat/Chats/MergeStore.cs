using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Chats;

/// <summary>The tables of chats and messages, where messages move from one chat into another.</summary>
internal static class MergeStore
{
    /// <summary>Who wrote a message: the id of a user or an admin.</summary>
    public static string SenderIdOf(DbConnection connection, Chat chat, long seq) => connection.QueryFirst<string>(
        "select sender_id from support_messages where chat = @chat and seq = @seq", new { chat = chat.Row, seq });

    /// <summary>Moves a message into another chat.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="from">The chat it is in.</param>
    /// <param name="was">Its seq there.</param>
    /// <param name="into">The chat it moves into.</param>
    /// <param name="moved">The message as it is there.</param>
    /// <param name="senderId">The id of its sender there.</param>
    public static void Move(Transaction tx, Chat from, long was, Chat into, SupportMessage moved, string senderId) => tx.Connection.Execute(
        """
        update support_messages set chat = @chat, seq = @seq, created_at = @createdAt, read_at = @readAt, client_id = @clientId,
          sender_id = @senderId
        where chat = @from and seq = @was
        """,
        new
        {
            chat = into.Row,
            seq = moved.Seq,
            createdAt = moved.CreatedAt,
            readAt = moved.ReadAt,
            clientId = moved.ClientId,
            senderId,
            from = from.Row,
            was,
        });

    /// <summary>
    /// Updates the chat's row after messages have moved in. The admins' view reaches up to the newest read message that has no unread one
    /// before it; an unread message of the user unarchives the chat.
    /// </summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="into">The chat.</param>
    /// <param name="newest">Its newest message.</param>
    /// <param name="senderId">Who wrote that.</param>
    /// <param name="count">How many messages moved in.</param>
    /// <param name="unseen">Whether the admins have not seen one of the user's among these.</param>
    /// <param name="marked">Whether one of the two chats was unread, perhaps without an unread message.</param>
    public static void Recount(
        Transaction tx, Chat into, SupportMessage newest, string senderId, int count, bool unseen, bool marked)
    {
        tx.Connection.Execute(
            """
            update support_chats set last_seq = @seq, message_count = message_count + @count, last_message_at = @at,
              last_message_preview = @preview, last_message_sender = @sender, last_message_name = @name,
              last_message_admin = case when @sender = 'admin' then @senderId end,
              archived_at = case when @unseen then null else archived_at end,
              last_user_seq = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'user'), 0),
              last_admin_seq = coalesce((select max(seq) from support_messages where chat = @row and sender_type = 'admin'), 0),
              user_read_up_to = coalesce((select max(seq) from support_messages where chat = @row
                and sender_type = 'admin' and seq < coalesce(
                (select min(seq) from support_messages where chat = @row and sender_type = 'admin' and read_at is null), @seq + 1)), 0),
              user_read_at = (select max(read_at) from support_messages where chat = @row and sender_type = 'admin'),
              admin_read_up_to = coalesce((select max(seq) from support_messages where chat = @row
                and sender_type = 'user' and seq < coalesce(
                (select min(seq) from support_messages where chat = @row and sender_type = 'user' and read_at is null), @seq + 1)), 0),
              admin_viewed_at = (
                select max(at) from (
                  select admin_viewed_at as at union all
                  select created_at from support_messages
                  where chat = @row and sender_type = 'user' and read_at is not null and created_at < coalesce(
                    (select min(created_at) from support_messages where chat = @row and sender_type = 'user' and read_at is null), '~')
                ) viewed)
            where row = @row
            """,
            new
            {
                seq = newest.Seq,
                count,
                at = newest.CreatedAt,
                preview = newest.Preview,
                sender = newest.SenderType,
                name = newest.SenderName,
                senderId,
                unseen,
                row = into.Row,
            });
        tx.Connection.Execute(
            """
            update support_chats set (unread_count, unread) = (
              select count(*), case when count(*) > 0 or @marked then 1 else 0 end from support_messages
              where chat = @row and sender_type = 'user' and created_at > coalesce(admin_viewed_at, ''))
            where row = @row
            """,
            new { row = into.Row, marked });
    }
}
