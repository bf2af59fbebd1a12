using System.Buffers.Text;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using LeanChat.Live;
using LeanChat.Storage;
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

    /// <summary>Raised when an API token was added, which may expire before the others.</summary>
    public event Action? TokenAdded;

    /// <summary>The session of a token, or of an API token; null if it is unknown, ended or expired.</summary>
    public Session? Find(string token)
    {
        var (hash, now) = (Hash(token), clock.GetUtcNow());
        return !token.StartsWith(ApiToken.Prefix, StringComparison.Ordinal)
            ? database.Read(connection => SessionStore.Find(connection, hash, now))
            : database.Read(connection => ApiTokenStore.FindOpen(connection, hash, now)) is { } found
                ? new Session(hash, null, null, "", found)
                : null;
    }

    /// <summary>The same by its <see cref="Session.Key"/>.</summary>
    public Session? FindByKey(string key)
    {
        var (hash, now) = (key[Session.KeyPrefix.Length..], clock.GetUtcNow());
        return database.Read(connection => SessionStore.Find(connection, hash, now));
    }

    /// <summary>Whether a session has neither ended nor expired since it was read.</summary>
    public bool IsOpen(Session session)
    {
        var now = clock.GetUtcNow();
        return database.Read(connection => IsOpen(connection, session.Key, now));
    }

    /// <summary>The same for the session with this <see cref="Session.Key"/>.</summary>
    public Task<bool> IsOpenAsync(string key)
    {
        var now = clock.GetUtcNow();
        return database.ReadAsync(connection => IsOpen(connection, key, now));
    }

    private static bool IsOpen(DbConnection connection, string key, DateTimeOffset now) =>
        key.StartsWith(Session.TokenKeyPrefix, StringComparison.Ordinal)
            ? ApiTokenStore.FindOpen(connection, key[Session.TokenKeyPrefix.Length..], now) is not null
            : SessionStore.IsOpen(connection, key[Session.KeyPrefix.Length..], now);

    /// <summary>The <see cref="Session.Key"/> of a token's session, known before the session is looked up.</summary>
    public static string KeyOf(string token) => Session.KeyPrefix + Hash(token);

    /// <summary>Starts a session of a user; returns its token.</summary>
    public static string StartForUser(Transaction tx, string userId) => Start(tx, userId, null, UserLife);

    /// <summary>Starts a session of an admin; returns its token.</summary>
    public static string StartForAdmin(Transaction tx, string adminId) => Start(tx, null, adminId, AdminLife);

    private static string Start(Transaction tx, string? userId, string? adminId, TimeSpan life)
    {
        var token = NewToken();
        SessionStore.Add(tx, new Session(Hash(token), userId, adminId, UtcText.Of(tx.Now + life)));
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
            await database.WriteAsync(tx =>
            {
                SessionStore.SetExpiry(tx, session.TokenHash, tx.Now + life);
                return true;
            });
        }
        catch (StorageException)
        {
            // A full disk or a busy moment: the next visit tries again, long before the session ends.
        }
    }

    /// <summary>Makes an API token; returns it with the token itself, which is told this once.</summary>
    public (ApiToken Stored, string Token) AddToken(Transaction tx, string name, DateTimeOffset? expiresAt)
    {
        var token = ApiToken.Prefix + NewToken();
        var stored = new ApiToken(tx.NewId(), name, tx.At, expiresAt is { } end ? UtcText.Of(end) : null, null);
        ApiTokenStore.Add(tx, stored, Hash(token));
        tx.AfterCommit(() => TokenAdded?.Invoke());
        return (stored, token);
    }

    /// <summary>Ends an API token; false if there is none with this id.</summary>
    public bool EndToken(Transaction tx, string id)
    {
        if (ApiTokenStore.Remove(tx, id) is not { } hash)
            return false;
        tx.AfterCommit(() => hub.CloseByKey(Session.TokenKeyPrefix + hash, CloseReason.SessionEnded));
        return true;
    }

    /// <summary>Ends a session.</summary>
    public void End(Transaction tx, Session session)
    {
        SessionStore.Remove(tx, session.TokenHash);
        tx.AfterCommit(() => hub.CloseByKey(session.Key, CloseReason.SessionEnded));
    }

    /// <summary>Ends every session of a user or an admin, except one if given.</summary>
    public void EndAll(Transaction tx, string personId, Session? except = null)
    {
        var ended = SessionStore.RemoveAll(tx, personId, except?.TokenHash);
        tx.AfterCommit(() =>
        {
            foreach (var hash in ended)
                hub.CloseByKey(Session.KeyPrefix + hash, CloseReason.SessionEnded);
        });
    }

    /// <summary>Closes the sockets of a user without ending their sessions.</summary>
    public void CloseSockets(Transaction tx, string userId, CloseReason reason)
    {
        var open = SessionStore.Hashes(tx.Connection, userId);
        tx.AfterCommit(() =>
        {
            foreach (var hash in open)
                hub.CloseByKey(Session.KeyPrefix + hash, reason);
        });
    }
}
