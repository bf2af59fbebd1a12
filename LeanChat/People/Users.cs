using Dapper;
using LeanChat.Storage;

namespace LeanChat.People;

/// <summary>Reads and writes users.</summary>
internal static class Users
{
    public static string Create(Transaction tx, string? userAgent)
    {
        var id = tx.NewId();
        tx.Connection.Execute(
            "insert into users (id, created_at, user_agent) values (@id, @at, @userAgent)",
            new { id, at = tx.At, userAgent });
        return id;
    }

    public static User? Find(System.Data.Common.DbConnection connection, string id) =>
        connection.QueryFirstOrDefault<User>($"select {User.Columns} from users where id = @id", new { id });

    public static User? FindSubject(System.Data.Common.DbConnection connection, string subject) =>
        connection.QueryFirstOrDefault<User>($"select {User.Columns} from users where subject = @subject", new { subject });

    /// <summary>Stores a signed identity; its e-mail address counts as verified.</summary>
    public static void SetIdentity(Transaction tx, string id, Identity identity)
    {
        tx.Connection.Execute(
            """
            update users set subject = @subject, name = coalesce(@name, name),
              email = coalesce(@email, email), email_verified = case when @email is null then email_verified else 1 end
            where id = @id
            """,
            new { id, subject = identity.Subject, email = identity.Email, name = identity.Name });
        UserIndex.Put(tx, id);
    }

    /// <summary>Stores what the user typed. It never replaces what a signed identity said.</summary>
    public static void Describe(Transaction tx, string id, string? email, string? name)
    {
        tx.Connection.Execute(
            """
            update users set name = case when subject is null then coalesce(@name, name) else coalesce(name, @name) end,
              email = case when email_verified = 1 then email else coalesce(@email, email) end
            where id = @id
            """,
            new { id, email, name });
        UserIndex.Put(tx, id);
    }

    public static bool Rename(Transaction tx, string id, string? name)
    {
        var renamed = tx.Connection.Execute("update users set name = @name where id = @id", new { id, name }) > 0;
        UserIndex.Put(tx, id);
        return renamed;
    }

    public static bool Block(Transaction tx, string id, bool blocked) => tx.Connection.Execute(
        "update users set blocked_at = case when @blocked then coalesce(blocked_at, @at) end where id = @id",
        new { id, blocked, at = tx.At }) > 0;

    public static void SetPage(Transaction tx, string id, string? url, string? title, string? referrer, string? locale, string? timeZone) =>
        tx.Connection.Execute(
            """
            update users set page_url = @url, page_title = @title, referrer = coalesce(@referrer, referrer),
              locale = coalesce(@locale, locale), time_zone = coalesce(@timeZone, time_zone)
            where id = @id
            """,
            new { id, url, title, referrer, locale, timeZone });

    /// <summary>
    /// Erases a user; the foreign keys and triggers delete sessions, chat, messages, letters and index entries with the row.
    /// </summary>
    public static void Erase(Transaction tx, string id)
    {
        tx.Connection.Execute("delete from users where id = @id", new { id });
        tx.Erase();
    }
}
