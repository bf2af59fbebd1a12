using Dapper;
using LeanChat.People;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.Mail;

/// <summary>The table of keys in the links of letters: each opens one chat for a week. Only their hashes are stored.</summary>
internal static class ChatKeyStore
{
    /// <summary>How long a key opens its chat.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    /// <summary>Adds a key for a chat; returns it.</summary>
    public static string New(Transaction tx, string chatId)
    {
        var key = Sessions.NewToken();
        tx.Connection.Execute(
            "insert into chat_keys (key_hash, chat_id, expires_at) values (@hash, @chatId, @until)",
            new { hash = Sessions.Hash(key), chatId, until = UtcText.Of(tx.Now + Life) });
        return key;
    }

    /// <summary>The user whose chat a key opens; null for a wrong or expired key.</summary>
    public static string? UserOf(Transaction tx, string key) => tx.Connection.QueryFirstOrDefault<string>(
        "select c.user_id from chat_keys k join support_chats c on c.id = k.chat_id where k.key_hash = @hash and k.expires_at > @at",
        new { hash = Sessions.Hash(key), at = tx.At });

    /// <summary>Deletes expired keys.</summary>
    public static void Sweep(Transaction tx) => tx.Connection.Execute("delete from chat_keys where expires_at <= @at", new { at = tx.At });
}
