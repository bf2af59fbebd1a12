using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The table of sessions. Tokens and sockets are the matter of <see cref="Sessions"/>.</summary>
internal static class SessionStore
{
    /// <summary>The session of a token's hash; null if it is unknown, ended or expired.</summary>
    public static Session? Find(DbConnection connection, string hash, DateTimeOffset now)
    {
        using var row = connection.Prepared(
            "select token_hash, user_id, admin_id, expires_at from sessions where token_hash = @hash and expires_at > @now")
            .With("@hash", hash).With("@now", UtcText.Of(now)).Read();
        return row.Next()
            ? new Session(row.Text("token_hash"), row.TextOrNull("user_id"), row.TextOrNull("admin_id"), row.Text("expires_at"))
            : null;
    }

    /// <summary>Whether there is a session of this token's hash that has not expired.</summary>
    public static bool IsOpen(DbConnection connection, string hash, DateTimeOffset now)
    {
        using var row = connection.Prepared("select 1 as open from sessions where token_hash = @hash and expires_at > @now")
            .With("@hash", hash).With("@now", UtcText.Of(now)).Read();
        return row.Next();
    }

    /// <summary>Adds a session of a user or of an admin.</summary>
    public static void Add(Transaction tx, Session session) => tx.Connection.Execute(
        """
        insert into sessions (token_hash, user_id, admin_id, created_at, expires_at)
        values (@TokenHash, @UserId, @AdminId, @At, @ExpiresAt)
        """,
        new { session.TokenHash, session.UserId, session.AdminId, tx.At, session.ExpiresAt });

    /// <summary>Sets when a session expires.</summary>
    public static void SetExpiry(Transaction tx, string hash, DateTimeOffset until) => tx.Connection.Execute(
        "update sessions set expires_at = @until where token_hash = @hash", new { hash, until = UtcText.Of(until) });

    /// <summary>Deletes a session.</summary>
    public static void Remove(Transaction tx, string hash) =>
        tx.Connection.Execute("delete from sessions where token_hash = @hash", new { hash });

    /// <summary>Deletes the sessions of a user or an admin, except the one with the hash <paramref name="kept"/>.</summary>
    /// <returns>The hashes of their tokens.</returns>
    public static IReadOnlyList<string> RemoveAll(Transaction tx, string personId, string? kept) => tx.Connection.Query<string>(
        "delete from sessions where (user_id = @personId or admin_id = @personId) and token_hash <> @kept returning token_hash",
        new { personId, kept = kept ?? "" }).ToList();

    /// <summary>The hashes of the tokens of a user's sessions.</summary>
    public static IReadOnlyList<string> Hashes(DbConnection connection, string userId) =>
        connection.Query<string>("select token_hash from sessions where user_id = @userId", new { userId }).ToList();

    /// <summary>When each session of a user began and ends, oldest first.</summary>
    public static IReadOnlyList<SessionTimes> Times(DbConnection connection, string userId) => connection.Query<SessionTimes>(
        "select created_at, expires_at from sessions where user_id = @userId order by created_at", new { userId }).ToList();

    /// <summary>Deletes expired sessions.</summary>
    public static void Sweep(Transaction tx) => tx.Connection.Execute("delete from sessions where expires_at <= @at", new { at = tx.At });
}

/// <summary>When a session began, and when it ends.</summary>
internal sealed record SessionTimes(string CreatedAt, string ExpiresAt);
