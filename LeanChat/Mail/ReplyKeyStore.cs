using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>The table of keys by which an answer to a letter finds its chat.</summary>
internal static class ReplyKeyStore
{
    /// <summary>Stores the key of a letter that is about to be sent; at a further try, what it tells now.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="key">The key.</param>
    /// <param name="parts">The letter's parts, one for each chat.</param>
    public static void Put(Transaction tx, string key, IReadOnlyList<LetterContent> parts)
    {
        var letter = parts[0].PendingLetter;
        tx.Connection.Execute(
            """
            insert into reply_keys (key_hash, letter_id, chat_id, admin_id, told_at, created_at)
            values (@hash, @letterId, @chatId, @adminId, @toldAt, @at)
            on conflict (key_hash) do update set chat_id = excluded.chat_id, told_at = excluded.told_at
            """,
            new
            {
                hash = ReplyKey.Hash(key),
                letterId = letter.Id,
                chatId = parts.Count == 1 ? letter.ChatId : null,
                adminId = letter.AdminId,
                toldAt = parts[0].ToldAt,
                at = tx.At,
            });
    }

    /// <summary>What a key belongs to; null for a wrong key, and for one older than <paramref name="days"/> (0: keys do not age).</summary>
    public static AnsweredLetter? Find(DbConnection connection, string key, DateTimeOffset now, int days) =>
        connection.QueryFirstOrDefault<AnsweredLetter>(
            """
            select k.letter_id, k.chat_id, k.admin_id, k.told_at, a.email_key as admin_key, a.email as admin_email, a.name as admin_name
            from reply_keys k left join admins a on a.id = k.admin_id
            where k.key_hash = @hash and k.created_at > @since
            """,
            new { hash = ReplyKey.Hash(key), since = days == 0 ? "" : UtcText.Of(now.AddDays(-days)) });

    /// <summary>The letter was answered, so that the next one need not wait for the interval between letters.</summary>
    public static void SetAnswered(Transaction tx, string key) => tx.Connection.Execute(
        "update reply_keys set answered_at = @at where key_hash = @hash", new { at = tx.At, hash = ReplyKey.Hash(key) });

    /// <summary>
    /// The keys of one chat become keys of another, which its messages moved into. There they have other numbers and times, so that an
    /// answer marks none of them as read.
    /// </summary>
    public static void Move(Transaction tx, string fromChatId, string intoChatId) => tx.Connection.Execute(
        "update reply_keys set chat_id = @intoChatId, told_at = '' where chat_id = @fromChatId", new { fromChatId, intoChatId });

    /// <summary>Deletes keys that are too old.</summary>
    public static void Sweep(Transaction tx, int days)
    {
        if (days > 0)
            tx.Connection.Execute("delete from reply_keys where created_at <= @until", new { until = UtcText.Of(tx.Now.AddDays(-days)) });
    }
}

/// <summary>The letter that an e-mail answers.</summary>
/// <param name="ChatId">Null: it told of several chats.</param>
/// <param name="AdminId">The admin who got it; null: the visitor did.</param>
/// <param name="ToldAt">When the newest message in it was written.</param>
/// <param name="AdminKey">The admin's address, as it is compared.</param>
internal sealed record AnsweredLetter(
    string LetterId, string? ChatId, string? AdminId, string ToldAt, string? AdminKey, string? AdminEmail, string? AdminName);
