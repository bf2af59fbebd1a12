using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The table of browsers that admins have signed in with, each known by a cookie of which only the hash is stored.</summary>
internal static class AdminDeviceStore
{
    /// <summary>How long a browser is known after its last sign-in: 400 days, the longest that browsers keep a cookie.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(400);

    /// <summary>Adds a browser, or prolongs its time.</summary>
    /// <returns>Whether the admin has signed in before, and never with this browser.</returns>
    public static bool Add(Transaction tx, string adminId, string token)
    {
        var (hash, until) = (Sessions.Hash(token), UtcText.Of(tx.Now + Life));
        var known = tx.Connection.Query<string>(
            "select token_hash from admin_devices where admin_id = @adminId", new { adminId }).ToList();
        tx.Connection.Execute(
            """
            insert into admin_devices (token_hash, admin_id, expires_at) values (@hash, @adminId, @until)
            on conflict (admin_id, token_hash) do update set expires_at = excluded.expires_at
            """,
            new { hash, adminId, until });
        return known.Count > 0 && !known.Contains(hash);
    }

    /// <summary>Deletes browsers that were not used for long.</summary>
    public static void Sweep(Transaction tx) =>
        tx.Connection.Execute("delete from admin_devices where expires_at <= @at", new { at = tx.At });
}
