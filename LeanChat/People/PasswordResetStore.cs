using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The table of one-time links for a new password. Only the hashes of their tokens are stored.</summary>
internal static class PasswordResetStore
{
    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    /// <summary>Adds a link for an admin; returns its token.</summary>
    public static string New(Transaction tx, string adminId)
    {
        var token = Sessions.NewToken();
        tx.Connection.Execute(
            "insert into password_resets (token_hash, admin_id, expires_at) values (@hash, @adminId, @until)",
            new { hash = Sessions.Hash(token), adminId, until = UtcText.Of(tx.Now + Life) });
        return token;
    }

    /// <summary>The admin whose link has this token; null if it is unknown, used or expired.</summary>
    public static string? AdminOf(DbConnection connection, string token, DateTimeOffset now) => connection.QueryFirstOrDefault<string>(
        "select admin_id from password_resets where token_hash = @hash and expires_at > @now",
        new { hash = Sessions.Hash(token), now = UtcText.Of(now) });

    /// <summary>Deletes an admin's links: one was used, or the password was changed.</summary>
    public static void RemoveAll(Transaction tx, string adminId) =>
        tx.Connection.Execute("delete from password_resets where admin_id = @adminId", new { adminId });

    /// <summary>Deletes expired links.</summary>
    public static void Sweep(Transaction tx) =>
        tx.Connection.Execute("delete from password_resets where expires_at <= @at", new { at = tx.At });
}
