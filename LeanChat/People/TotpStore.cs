using System.Data.Common;
using Dapper;
using LeanChat.Storage;

namespace LeanChat.People;

/// <summary>The tables of second factors: an admin's key, and the codes for who has lost it.</summary>
internal static class TotpStore
{
    /// <summary>An admin's key, in use or not yet; null if there is none.</summary>
    public static TotpKey? Find(DbConnection connection, string adminId) => connection.QueryFirstOrDefault<TotpKey>(
        "select secret, confirmed_at, last_step from totp_keys where admin_id = @adminId", new { adminId });

    /// <summary>Stores a key that is not in use yet, in place of another one that is not.</summary>
    public static void Put(Transaction tx, string adminId, string secret) => tx.Connection.Execute(
        """
        insert into totp_keys (admin_id, secret) values (@adminId, @secret)
        on conflict (admin_id) do update set secret = excluded.secret, confirmed_at = null, last_step = 0
        """,
        new { adminId, secret });

    /// <summary>From now on the key is in use.</summary>
    public static void Confirm(Transaction tx, string adminId) =>
        tx.Connection.Execute("update totp_keys set confirmed_at = @at where admin_id = @adminId", new { at = tx.At, adminId });

    /// <summary>The code of this step was used.</summary>
    public static void SetLastStep(Transaction tx, string adminId, long step) =>
        tx.Connection.Execute("update totp_keys set last_step = @step where admin_id = @adminId", new { step, adminId });

    /// <summary>Adds a code for who has lost the app, by its hash.</summary>
    public static void AddRecovery(Transaction tx, string adminId, string hash) => tx.Connection.Execute(
        "insert into recovery_codes (admin_id, code_hash) values (@adminId, @hash)", new { adminId, hash });

    /// <summary>Uses up such a code; false if there is none with this hash.</summary>
    public static bool TakeRecovery(Transaction tx, string adminId, string hash) => tx.Connection.Execute(
        "delete from recovery_codes where admin_id = @adminId and code_hash = @hash", new { adminId, hash }) > 0;

    /// <summary>Deletes an admin's key and codes.</summary>
    public static void Remove(Transaction tx, string adminId)
    {
        tx.Connection.Execute("delete from totp_keys where admin_id = @adminId", new { adminId });
        tx.Connection.Execute("delete from recovery_codes where admin_id = @adminId", new { adminId });
    }
}

/// <summary>An admin's key.</summary>
/// <param name="Secret">Sealed.</param>
/// <param name="ConfirmedAt">Null: it is not in use yet.</param>
/// <param name="LastStep">The step of the last code that was used.</param>
internal sealed record TotpKey(string Secret, string? ConfirmedAt, long LastStep);
