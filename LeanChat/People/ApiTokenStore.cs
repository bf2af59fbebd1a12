using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The table of API tokens. Only the hashes of tokens are stored.</summary>
internal static class ApiTokenStore
{
    private const string Columns = "id, name, created_at, expires_at, last_used_at";

    /// <summary>Adds a token by its hash.</summary>
    public static void Add(Transaction tx, ApiToken token, string hash) => tx.Connection.Execute(
        """
        insert into api_tokens (id, token_hash, name, created_at, expires_at) values (@Id, @hash, @Name, @CreatedAt, @ExpiresAt)
        """,
        new { token.Id, hash, token.Name, token.CreatedAt, token.ExpiresAt });

    /// <summary>All tokens, oldest first, expired ones too.</summary>
    public static IReadOnlyList<ApiToken> All(DbConnection connection) =>
        connection.Query<ApiToken>($"select {Columns} from api_tokens order by created_at, id").ToList();

    /// <summary>The token with this id; null if there is none.</summary>
    public static ApiToken? Find(DbConnection connection, string id) =>
        connection.QueryFirstOrDefault<ApiToken>($"select {Columns} from api_tokens where id = @id", new { id });

    /// <summary>The token with this hash; null if it is unknown, ended or expired.</summary>
    public static ApiToken? FindOpen(DbConnection connection, string hash, DateTimeOffset now) =>
        connection.QueryFirstOrDefault<ApiToken>(
            $"select {Columns} from api_tokens where token_hash = @hash and (expires_at is null or expires_at > @now)",
            new { hash, now = UtcText.Of(now) });

    /// <summary>Deletes a token; returns its hash, null if there was none.</summary>
    public static string? Remove(Transaction tx, string id) =>
        tx.Connection.QueryFirstOrDefault<string>("delete from api_tokens where id = @id returning token_hash", new { id });

    /// <summary>When the next token expires after a time; null: none does.</summary>
    public static string? NextExpiry(DbConnection connection, DateTimeOffset now) => connection.QueryFirstOrDefault<string>(
        "select min(expires_at) from api_tokens where expires_at > @now", new { now = UtcText.Of(now) });

    /// <summary>Stores when a token was last used.</summary>
    public static void SetUsed(Transaction tx, string id, string at) =>
        tx.Connection.Execute("update api_tokens set last_used_at = @at where id = @id", new { id, at });
}
