using System.Data.Common;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The full-text index of users, e-mail and name, and how far it reaches.</summary>
internal static class UserWordStore
{
    /// <summary>Indexes a user's current e-mail and name, replacing the old entry.</summary>
    public static void Put(Transaction tx, string id)
    {
        using var user = tx.Connection.Prepared("select row, email, name from users where id = @id").With("@id", id).Read();
        if (user.Next())
            Put(tx, user.Number("row"), user.TextOrNull("email"), user.TextOrNull("name"));
    }

    /// <summary>How many users older than the index are not in it yet.</summary>
    public static long NotIndexed(DbConnection connection)
    {
        using var older = connection.Prepared(
            "select count(*) as number from users where row < (select from_row from search_index where name = 'users')").Read();
        return older.Next() ? older.Number("number") : 0;
    }

    /// <summary>Starts indexing again from the newest user if the rules for splitting words have changed.</summary>
    public static long RestartIfOutdated(Transaction tx) => tx.Connection.Prepared(
        """
        update search_index set version = @version, from_row = (select coalesce(max(row), 0) + 1 from users)
        where name = 'users' and version <> @version
        """).With("@version", SearchWords.Version).Run();

    /// <summary>Indexes up to <paramref name="most"/> older users, newest first; returns how many.</summary>
    public static long PutOlder(Transaction tx, int most, Action<Exception, long> failed)
    {
        var users = Older(tx, most);
        foreach (var (row, email, name) in users)
        {
            try
            {
                Put(tx, row, email, name);
            }
            catch (Exception e) when (e.IsOfTheRow())
            {
                // One bad row must not stop the others; the database has undone only this statement.
                failed(e, row);
            }
        }

        if (users.Count > 0)
            tx.Connection.Prepared("update search_index set from_row = @row where name = 'users'")
                .With("@row", users.Count < most ? 1 : users[^1].Row).Run();
        return users.Count;
    }

    private static List<(long Row, string? Email, string? Name)> Older(Transaction tx, int most)
    {
        using var older = tx.Connection.Prepared(
            """
            select row, email, name from users where row < (select from_row from search_index where name = 'users')
            order by row desc limit @most
            """).With("@most", most).Read();
        var users = new List<(long, string?, string?)>();
        while (older.Next())
            users.Add((older.Number("row"), older.TextOrNull("email"), older.TextOrNull("name")));
        return users;
    }

    /// <summary>Indexes one user. Specific to SQLite: `user_words` is a table of FTS5, which replaces an entry by its `rowid`.</summary>
    private static void Put(Transaction tx, long row, string? email, string? name) => tx.Connection.Prepared(
        "insert or replace into user_words (rowid, email, name) values (@row, @email, @name)")
        .With("@row", row).With("@email", SearchWords.Join(email)).With("@name", SearchWords.Join(name)).Run();
}
