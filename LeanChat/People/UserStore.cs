using System.Data.Common;
using Dapper;
using LeanChat.Storage;

namespace LeanChat.People;

/// <summary>The table of users.</summary>
internal static class UserStore
{
    private const string Columns =
        """
        id, subject, email, email_verified, name, created_at, blocked_at, page_url, page_title, referrer, user_agent, locale, time_zone,
          language, pages as stored_pages
        """;

    /// <summary>Adds an anonymous user; returns the id.</summary>
    public static string Create(Transaction tx, ClientHeaders browser)
    {
        var id = tx.NewId();
        tx.Connection.Execute(
            "insert into users (id, created_at, user_agent, locale) values (@id, @at, @agent, @locale)",
            new { id, at = tx.At, agent = browser.UserAgent, locale = browser.Locale });
        return id;
    }

    /// <summary>Whether the stored language is another one. What a widget has said about its language stays.</summary>
    public static bool HasOtherLocale(DbConnection connection, string id, ClientHeaders browser) =>
        browser.Locale is { } locale && connection.QueryFirst<bool>(
            "select count(*) from users where id = @id and language is null and coalesce(locale, '') <> @locale", new { id, locale });

    /// <summary>Stores the language of the user's browser.</summary>
    public static void SetLocale(Transaction tx, string id, string? locale) =>
        tx.Connection.Execute("update users set locale = @locale where id = @id and language is null", new { id, locale });

    /// <summary>The user with this id; null if there is none.</summary>
    public static User? Find(DbConnection connection, string id) =>
        connection.QueryFirstOrDefault<User>($"select {Columns} from users where id = @id", new { id });

    /// <summary>The user whom the host application knows by this id; null if there is none.</summary>
    public static User? FindSubject(DbConnection connection, string subject) =>
        connection.QueryFirstOrDefault<User>($"select {Columns} from users where subject = @subject", new { subject });

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
        UserWordStore.Put(tx, id);
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
        UserWordStore.Put(tx, id);
    }

    /// <summary>Stores the name that an admin gave, or clears it; false if there is no such user.</summary>
    public static bool Rename(Transaction tx, string id, string? name)
    {
        var renamed = tx.Connection.Execute("update users set name = @name where id = @id", new { id, name }) > 0;
        UserWordStore.Put(tx, id);
        return renamed;
    }

    /// <summary>Blocks or unblocks a user; false if there is no such user.</summary>
    public static bool Block(Transaction tx, string id, bool blocked) => tx.Connection.Execute(
        "update users set blocked_at = case when @blocked then coalesce(blocked_at, @at) end where id = @id",
        new { id, blocked, at = tx.At }) > 0;

    /// <summary>Stores the page that the user is on, and what the browser said.</summary>
    public static void SetPage(
        Transaction tx, string id, string? url, string? title, string? referrer, string? locale, string? timeZone, string? language)
    {
        var before = tx.Connection.QueryFirstOrDefault<string?>("select pages from users where id = @id", new { id });
        var pages = url is null ? before : PageView.Write(PageView.Read(before), new PageView(url, title, tx.At));
        tx.Connection.Execute(
            """
            update users set page_url = @url, page_title = @title, pages = @pages, referrer = coalesce(@referrer, referrer),
              locale = coalesce(@locale, locale), time_zone = coalesce(@timeZone, time_zone),
              language = coalesce(@language, language)
            where id = @id
            """,
            new { id, url, title, pages, referrer, locale, timeZone, language });
    }

    /// <summary>
    /// Deletes a user; the foreign keys and triggers delete sessions, chat, messages, letters and index entries with the row.
    /// </summary>
    public static void Remove(Transaction tx, string id) => tx.Connection.Execute("delete from users where id = @id", new { id });

    /// <summary>Deletes a user, and leaves no trace in the database's files.</summary>
    public static void Erase(Transaction tx, string id)
    {
        Remove(tx, id);
        tx.Erase();
    }
}
