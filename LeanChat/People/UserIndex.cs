using System.Data.Common;
using LeanChat.Storage.Sqlite;
using LeanChat.Storage;
using LeanChat.Text;

namespace LeanChat.People;

/// <summary>The full text of who people are: e-mail and name. Another database does these methods differently.</summary>
internal static class UserIndex
{
    /// <summary>Puts a user's words in as they are now, in place of the old ones.</summary>
    public static void Put(Transaction tx, string id)
    {
        using var user = tx.Connection.Prepared("select row, email, name from users where id = @id").With("@id", id).Read();
        if (user.Next())
            Put(tx, user.Number("row"), user.TextOrNull("email"), user.TextOrNull("name"));
    }

    /// <summary>Users from before the index that are not in it yet.</summary>
    public static long NotIndexed(DbConnection connection)
    {
        using var older = connection.Prepared(
            "select count(*) as number from users where row < (select from_row from search_index where name = 'users')").Read();
        return older.Next() ? older.Number("number") : 0;
    }

    /// <summary>Leads the index back to the newest user when it was split by other rules.</summary>
    public static long Begin(Transaction tx) => tx.Connection.Prepared(
        """
        update search_index set version = @version, from_row = (select coalesce(max(row), 0) + 1 from users)
        where name = 'users' and version <> @version
        """).With("@version", SearchWords.Version).Run();

    /// <summary>Puts in up to <paramref name="most"/> users from before the index, the newest first; tells how many.</summary>
    public static long PutOlder(Transaction tx, int most, Action<Exception, long> failed)
    {
        var users = new List<(long Row, string? Email, string? Name)>();
        using (var older = tx.Connection.Prepared(
            """
            select row, email, name from users where row < (select from_row from search_index where name = 'users')
            order by row desc limit @most
            """).With("@most", most).Read())
        {
            while (older.Next())
                users.Add((older.Number("row"), older.TextOrNull("email"), older.TextOrNull("name")));
        }

        foreach (var (row, email, name) in users)
        {
            try
            {
                Put(tx, row, email, name);
            }
            catch (Exception e) when (e.IsOfTheRow())
            {
                // One who cannot be put in must not keep the others out; SQLite has undone this statement alone.
                failed(e, row);
            }
        }

        if (users.Count > 0)
            tx.Connection.Prepared("update search_index set from_row = @row where name = 'users'")
                .With("@row", users.Count < most ? 1 : users[^1].Row).Run();
        return users.Count;
    }

    private static void Put(Transaction tx, long row, string? email, string? name) => tx.Connection.Prepared(
        "insert or replace into user_words (rowid, email, name) values (@row, @email, @name)")
        .With("@row", row).With("@email", SearchWords.Join(email)).With("@name", SearchWords.Join(name)).Run();
}
