using System.Data.Common;
using Dapper;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The table of admins.</summary>
internal static class AdminStore
{
    private const string Columns = "id, email, name, password_hash, created_at";

    /// <summary>The admin with this id; null if there is none.</summary>
    public static Admin? Find(DbConnection connection, string id) =>
        connection.QueryFirstOrDefault<Admin>($"select {Columns} from admins where id = @id", new { id });

    /// <summary>The admin with this e-mail address, however it is typed; null if there is none.</summary>
    public static Admin? FindEmail(DbConnection connection, string email) =>
        connection.QueryFirstOrDefault<Admin>($"select {Columns} from admins where email_key in (@key, @folded)",
            new { key = EmailAddress.KeyOf(email), folded = EmailAddress.Fold(email) });

    /// <summary>All admins, oldest first.</summary>
    public static IReadOnlyList<Admin> All(DbConnection connection) =>
        connection.Query<Admin>($"select {Columns} from admins order by created_at, id").ToList();

    /// <summary>When admins last used a dashboard.</summary>
    public static IReadOnlyList<UsedAdmin> Used(DbConnection connection) =>
        connection.Query<UsedAdmin>("select id, used_at from admins where used_at is not null").ToList();

    /// <summary>Stores when an admin last used a dashboard; null: has signed out since.</summary>
    public static void SetUsed(Transaction tx, string id, string? at) =>
        tx.Connection.Execute("update admins set used_at = @at where id = @id", new { id, at });

    /// <summary>Whether there is an admin.
    public static bool Any(DbConnection connection) => connection.QueryFirst<bool>("select exists (select 1 from admins)");

    /// <summary>Adds an admin; null if the address is taken.</summary>
    public static Admin? Add(Transaction tx, EmailAddress email, string? name, string passwordHash)
    {
        var admin = new Admin(tx.NewId(), email.Typed, Identity.Trim(name), passwordHash, tx.At);
        var added = tx.Connection.Execute(
            """
            insert into admins (id, email, email_key, name, password_hash, created_at)
            values (@Id, @Email, @Key, @Name, @PasswordHash, @CreatedAt)
            on conflict (email_key) do nothing
            """,
            new { admin.Id, admin.Email, email.Key, admin.Name, admin.PasswordHash, admin.CreatedAt });
        return added > 0 ? admin : null;
    }

    /// <summary>Replaces an admin's password. Links for a new one are good no more.</summary>
    public static void SetPassword(Transaction tx, string id, string passwordHash)
    {
        tx.Connection.Execute("update admins set password_hash = @passwordHash where id = @id", new { id, passwordHash });
        PasswordResetStore.RemoveAll(tx, id);
    }

    /// <summary>Gives an admin another name, or none.</summary>
    public static void Rename(Transaction tx, string id, string? name) =>
        tx.Connection.Execute("update admins set name = @name where id = @id", new { id, name });

    /// <summary>Gives an admin another address; false if it is taken. Links that were sent to the old one are good no more.</summary>
    public static bool SetEmail(Transaction tx, string id, EmailAddress email)
    {
        if (FindEmail(tx.Connection, email.Typed) is { } other && other.Id != id)
            return false;
        tx.Connection.Execute(
            "update admins set email = @Typed, email_key = @Key where id = @id", new { id, email.Typed, email.Key });
        PasswordResetStore.RemoveAll(tx, id);
        return true;
    }

    /// <summary>Deletes an admin.</summary>
    public static void Remove(Transaction tx, string id) => tx.Connection.Execute("delete from admins where id = @id", new { id });

    /// <summary>An admin, and when they last used a dashboard.</summary>
    internal sealed record UsedAdmin(string Id, string UsedAt);
}
