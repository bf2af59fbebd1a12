using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using LeanChat.Live;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>Starts, finds and ends sessions. Only the hash of a token is stored; ending a session closes its sockets.</summary>
internal sealed class Sessions(Database database, Hub hub, TimeProvider clock)
{
    /// <summary>How long an unused session lives: 400 days, the longest that browsers keep a cookie.</summary>
    public static readonly TimeSpan UserLife = TimeSpan.FromDays(400);

    /// <summary>Shorter than a user's, because an admin can read everything.</summary>
    public static readonly TimeSpan AdminLife = TimeSpan.FromDays(30);

    /// <summary>32 random bytes, base64url.</summary>
    public static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>The session of a token; null if it is unknown, ended or expired.</summary>
    public Session? Find(string token)
    {
        var (hash, now) = (Hash(token), UtcText.Of(clock.GetUtcNow()));
        return database.Read(connection =>
        {
            using var row = connection.Prepared(
                "select token_hash, user_id, admin_id, expires_at from sessions where token_hash = @hash and expires_at > @now")
                .With("@hash", hash).With("@now", now).Read();
            return row.Next()
                ? new Session(row.Text("token_hash"), row.TextOrNull("user_id"), row.TextOrNull("admin_id"), row.Text("expires_at"))
                : null;
        });
    }

    /// <summary>Whether a session has neither ended nor expired since it was read.</summary>
    public bool IsOpen(Session session)
    {
        var now = UtcText.Of(clock.GetUtcNow());
        return database.Read(connection =>
        {
            using var row = connection.Prepared("select 1 as open from sessions where token_hash = @hash and expires_at > @now")
                .With("@hash", session.TokenHash).With("@now", now).Read();
            return row.Next();
        });
    }

    /// <summary>The same for the session with this <see cref="Session.Key"/>.</summary>
    public Task<bool> IsOpenAsync(string key)
    {
        var (hash, now) = (key[Session.KeyPrefix.Length..], UtcText.Of(clock.GetUtcNow()));
        return database.ReadAsync(connection => connection.QueryFirst<long>(
            "select exists (select 1 from sessions where token_hash = @hash and expires_at > @now)", new { hash, now }) == 1);
    }

    /// <summary>The <see cref="Session.Key"/> of a token's session, known before the session is looked up.</summary>
    public static string KeyOf(string token) => Session.KeyPrefix + Hash(token);

    public static string StartForUser(Transaction tx, string userId) => Start(tx, userId, null, UserLife);

    public static string StartForAdmin(Transaction tx, string adminId) => Start(tx, null, adminId, AdminLife);

    private static string Start(Transaction tx, string? userId, string? adminId, TimeSpan life)
    {
        var token = NewToken();
        tx.Connection.Execute(
            "insert into sessions (token_hash, user_id, admin_id, created_at, expires_at) values (@hash, @userId, @adminId, @at, @until)",
            new { hash = Hash(token), userId, adminId, at = tx.At, until = UtcText.Of(tx.Now + life) });
        return token;
    }

    /// <summary>
    /// Renews a session in use, but at most once a day, so that most visits only read. It does not fail if the disk is full.
    /// </summary>
    public async Task ProlongAsync(Session session)
    {
        var (now, life) = (clock.GetUtcNow(), session.AdminId is null ? UserLife : AdminLife);
        if (UtcText.Parse(session.ExpiresAt) > now + life - TimeSpan.FromDays(1))
            return;
        try
        {
            await database.WriteAsync(tx => tx.Connection.Execute(
                "update sessions set expires_at = @until where token_hash = @hash",
                new { hash = session.TokenHash, until = UtcText.Of(tx.Now + life) }));
        }
        catch (StorageException)
        {
            // A full disk or a busy moment: the next visit tries again, long before the session ends.
        }
    }

    public void End(Transaction tx, Session session)
    {
        tx.Connection.Execute("delete from sessions where token_hash = @hash", new { hash = session.TokenHash });
        tx.AfterCommit(() => hub.CloseByKey(session.Key, CloseReason.SessionEnded));
    }

    /// <summary>Ends every session of a user or an admin, except one if given.</summary>
    public void EndAll(Transaction tx, string personId, Session? except = null)
    {
        var ended = tx.Connection.Query<string>(
            "delete from sessions where (user_id = @personId or admin_id = @personId) and token_hash <> @kept returning token_hash",
            new { personId, kept = except?.TokenHash ?? "" }).ToList();
        tx.AfterCommit(() =>
        {
            foreach (var hash in ended)
                hub.CloseByKey(Session.KeyPrefix + hash, CloseReason.SessionEnded);
        });
    }

    /// <summary>Closes the sockets of a user without ending their sessions.</summary>
    public void CloseSockets(Transaction tx, string userId, CloseReason reason)
    {
        var open = tx.Connection.Query<string>("select token_hash from sessions where user_id = @userId", new { userId }).ToList();
        tx.AfterCommit(() =>
        {
            foreach (var hash in open)
                hub.CloseByKey(Session.KeyPrefix + hash, reason);
        });
    }

    /// <summary>Deletes expired sessions.</summary>
    public static void Sweep(Transaction tx) => tx.Connection.Execute("delete from sessions where expires_at <= @at", new { at = tx.At });
}
