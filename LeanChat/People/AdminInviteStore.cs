using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The table of one-time links by which a colleague makes an account. Only the hashes of their tokens are stored.</summary>
internal static class AdminInviteStore
{
    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(3);

    /// <summary>Adds a link for an address; returns its token.</summary>
    public static string New(Transaction tx, EmailAddress email, DateTimeOffset until)
    {
        var token = Sessions.NewToken();
        tx.Connection.Execute(
            "insert into admin_invites (token_hash, email, email_key, expires_at) values (@hash, @Typed, @Key, @until)",
            new { hash = Sessions.Hash(token), email.Typed, email.Key, until = UtcText.Of(until) });
        return token;
    }

    /// <summary>The address that a link with this token was made for; null if it is unknown, used or expired.</summary>
    public static string? EmailOf(DbConnection connection, string token, DateTimeOffset now) => connection.QueryFirstOrDefault<string>(
        "select email from admin_invites where token_hash = @hash and expires_at > @now",
        new { hash = Sessions.Hash(token), now = UtcText.Of(now) });

    /// <summary>Until when an address is invited; null if it is not.</summary>
    public static string? Until(DbConnection connection, string email, DateTimeOffset now) => connection.QueryFirstOrDefault<string>(
        "select max(expires_at) from admin_invites where email_key = @key and expires_at > @now",
        new { key = EmailAddress.KeyOf(email), now = UtcText.Of(now) });

    /// <summary>Deletes the links of an address: one was used.</summary>
    public static void RemoveAll(Transaction tx, string email) =>
        tx.Connection.Execute("delete from admin_invites where email_key = @key", new { key = EmailAddress.KeyOf(email) });

    /// <summary>Deletes expired links.</summary>
    public static void Sweep(Transaction tx) =>
        tx.Connection.Execute("delete from admin_invites where expires_at <= @at", new { at = tx.At });
}
