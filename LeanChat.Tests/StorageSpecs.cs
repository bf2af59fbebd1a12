using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace LeanChat.Tests;

/// <summary>What the database promises: erased is gone, every older schema steps up, no query reads a whole table.</summary>
public sealed class StorageSpecs : StorageStories
{
    // Erasure.

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_is_erased_leaves_no_trace_in_the_file(bool whileSomebodyReads)
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0");
        var mia = await server.AdminAsync();
        var (gone, stays) = (await server.VisitorAsync(), await server.VisitorAsync());
        string[] traces = ["quagmire", "zyzzyva", "xylophagous", "flibbertigibbet", "gobbledygook", gone.UserId, gone.ChatId];
        await stays.PostAsync("I stay");
        await gone.IdentifyAsync(new { email = "quagmire@example.com", name = "Zyzzyva" });
        for (var each = 0; each < 30; each++)
            await gone.PostAsync($"{each} xylophagous {string.Concat(Enumerable.Repeat("xylophagous words ", each * 9))}");
        await using (var widget = await gone.OpenAsync())
        {
            await widget.SayAsync(new
            {
                action = "page",
                url = "https://shop.example/flibbertigibbet",
                title = "Flibbertigibbet",
                referrer = "https://search.example/?q=gobbledygook",
            });
            await widget.SettleAsync();
        }

        await mia.ReplyAsync(gone.ChatId, "Gobbledygook to you too");
        await mia.ListAsync("?q=xylophagous");
        foreach (var trace in traces)
            server.OnDisk().ToLowerInvariant().Should().Contain(trace);
        using var reading = new ManualResetEventSlim();
        using var read = new ManualResetEventSlim();
        var reader = whileSomebodyReads
            ? server.Database.ReadAsync(connection =>
            {
                Scalar(connection, "select count(*) from support_messages");
                reading.Set();
                return read.Wait(Patience);
            })
            : Task.FromResult(true);
        if (whileSomebodyReads)
            reading.Wait(Patience).Should().BeTrue();

        var erasing = mia.RequestAsync(HttpMethod.Delete, "/users/" + gone.UserId);
        if (whileSomebodyReads)
        {
            // It may wait for the reader, who still looks at the old state, or clean up after it; a second is enough to see which.
            await Task.WhenAny(erasing, Task.Delay(TimeSpan.FromSeconds(1)));
            read.Set();
        }

        (await erasing.WaitAsync(Patience)).Status.Should().Be(204);
        (await reader.WaitAsync(Patience)).Should().BeTrue();

        // While nobody reads it is gone when it is answered; after a reader it may take the time of a breath.
        if (whileSomebodyReads)
            await Eventually.IsTrueAsync(() => Left().Length == 0, TimeSpan.FromSeconds(3));
        Left().Should().BeEmpty();
        server.OnDisk().Should().Contain("I stay");
        (await gone.GetAsync("")).Status.Should().Be(401);
        (await mia.ListAsync()).Should().HaveCount(1);
        await server.AuditAsync(mia);

        string[] Left()
        {
            var disk = server.OnDisk().ToLowerInvariant();
            return [.. traces.Where(trace => disk.Contains(trace, StringComparison.Ordinal))];
        }
    }

    // Schema.

    [Fact]
    public void Every_older_schema_steps_up_to_the_newest()
    {
        // Beside this file: the schema of each version that ever landed, as OldSchemas/<version>.sql.
        var folder = Path.Combine(Path.GetDirectoryName(Here())!, "OldSchemas");
        var fresh = Describe(Memory(Migrations.Schema, Migrations.Newest));
        fresh.Should().Contain(line => line.Contains("support_messages"));
        for (var version = 1; version <= Migrations.Newest; version++)
        {
            var schema = version == Migrations.Newest
                ? Migrations.Schema
                : System.IO.File.ReadAllText(Path.Combine(folder, $"{version}.sql"));
            using var connection = Memory(schema, version);
            Migrations.Run(connection);
            Describe(connection).Should().Equal(fresh, $"version {version} steps up");
            connection.Ask("pragma user_version").Should().Be(Migrations.Newest);
        }
    }

    [Fact]
    public void What_was_said_before_a_step_is_there_after_it()
    {
        var old = System.IO.File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "OldSchemas", "1.sql"));
        using var connection = Memory(old, 1);
        connection.Run(
            """
            pragma foreign_keys = on;
            insert into users (id, created_at) values ('u1', '2026-01-01'), ('u2', '2026-01-02');
            insert into support_chats (id, user_id, created_at, last_seq, message_count, user_read_up_to) values
              ('c2', 'u2', '2026-01-02', 1, 1, 0), ('c1', 'u1', '2026-01-01', 3, 3, 2);
            insert into support_messages (id, chat_id, seq, client_id, sender_type, sender_id, content, read_at, created_at) values
              ('m1', 'c1', 1, 'x', 'user', 'u1', 'the first', null, '2026-01-01T01'),
              ('m2', 'c1', 2, 'x', 'admin', 'a1', 'the second', '2026-01-01T03', '2026-01-01T02'),
              ('m3', 'c2', 1, 'x', 'user', 'u2', 'elsewhere', null, '2026-01-02T01'),
              ('m4', 'c1', 3, null, 'admin', 'a1', 'the third', null, '2026-01-01T04');
            insert into letters (id, kind, chat_id, state, promised_at, due_at, first_seq, created_at)
              values ('l1', 'reply', 'c1', 'waiting', '2026', '2026', 3, '2026');
            """);

        Migrations.Run(connection);

        Scalar(
            connection,
            "select group_concat(c.id || m.seq || m.id || coalesce(m.client_id, '-') || m.content || "
            + "coalesce(m.read_at, '-'), ' ') from support_messages m join support_chats c on c.row = m.chat")
            .Should().Be("c11m1xthe first- c12m2xthe second2026-01-01T03 c21m3xelsewhere- c13m4-the third-");
        Scalar(connection, "select group_concat(id || last_user_seq || last_admin_seq, ' ') from support_chats")
            .Should().Be("c113 c210", "the oldest chat is the first");
        connection.Ask("select count(*) from message_words").Should().Be(0, "the words are put in when the server runs");
        Scalar(connection, "select group_concat(name || from_row || to_row, ' ') from search_index")
            .Should().Be("messages54 users32", "and these rows are older than the index");
        connection.Run("delete from users where id = 'u1'");
        Scalar(connection, "select group_concat(content) || (select count(*) from letters) from support_messages")
            .Should().Be("elsewhere0", "references are kept and followed");
    }

    [Theory]
    [InlineData(1, "one two")]
    [InlineData(2, "two")]
    [InlineData(3, "")]
    public void Only_the_steps_that_are_missing_are_taken(int version, string taken)
    {
        string[] steps =
        [
            "insert into steps values ('one')", "alter table steps add column more text; insert into steps (name) values ('two')",
        ];
        using var connection = Memory("create table steps (name text)", version);

        Migrations.Run(connection, steps);
        Migrations.Run(connection, steps);

        connection.Ask("pragma user_version").Should().Be(3);
        (Scalar(connection, "select coalesce(group_concat(name, ' '), '') from steps")).Should().Be(taken);
    }

    [Fact]
    public void Steps_are_taken_all_or_none()
    {
        Run("create table steps (name text); pragma user_version = 1; pragma journal_mode = wal");
        using (var connection = Connect())
        {
            var run = () => Migrations.Run(connection, ["insert into steps values ('one')", "insert into nowhere values ('two')"]);
            run.Should().Throw<SqliteException>();
        }

        using var again = Connect();
        again.Ask("pragma user_version").Should().Be(1);
        again.Ask("select count(*) from steps").Should().Be(0);
        Migrations.Run(again, ["insert into steps values ('one')", "insert into steps values ('two')"]);
        again.Ask("select count(*) from steps").Should().Be(2);
    }

    [Fact]
    public async Task A_database_keeps_our_promises()
    {
        using var database = Open();
        var settings = await database.WriteAsync(tx => string.Join(
            ' ', "journal_mode synchronous foreign_keys secure_delete".Split(' ').Select(name => Scalar(tx.Connection, "pragma " + name))));

        settings.Should().Be("wal 2 1 1", "a commit is on disk before it is acknowledged, and what is deleted is gone");
    }

    // Queries.

    [Fact]
    public async Task No_query_reads_through_a_whole_table()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        await LiveAsync(server, mia);
        var heard = new ConcurrentDictionary<string, byte>();
        void Hear(object? _, string statement) => heard.TryAdd(statement, 0);
        foreach (var connection in Connections(server.Database))
            SQLitePCL.raw.sqlite3_trace(connection.Handle, Hear, null);

        await LiveAsync(server, mia);

        var plans = heard.Keys.Where(statement => Statement().IsMatch(statement))
            .Select(statement => (statement, Plan: Plan(server, statement))).ToArray();
        foreach (var table in (string[])[
            "from support_messages", "insert into support_messages", "update support_messages", "from support_chats",
            "update support_chats", "from sessions", "from users", "from chat_keys"])
            plans.Should().Contain(each => each.statement.Contains(table), $"the hot queries on {table} were heard");
        foreach (var (statement, plan) in plans)
        {
            // Some tables hold a handful of rows by nature, and a chat a handful of letters.
            plan.Where(line => line.StartsWith("SCAN", StringComparison.Ordinal) && !Harmless().IsMatch(line)).Should().BeEmpty(statement);
            if (!statement.Contains(" match ", StringComparison.Ordinal))
                plan.Should().NotContain(line => line.Contains("USE TEMP B-TREE FOR ORDER BY") && !Small().IsMatch(statement), statement);
        }

        Indexes("c.archived_at is null", "support_chats_active");
        Indexes("c.archived_at is not null", "support_chats_archived");
        Indexes("order by seq desc", "support_messages_by_seq");
        Indexes("order by seq limit", "support_messages_by_seq");
        Indexes("client_id = 'c", "support_messages_by_user");
        Indexes("set read_at", "support_messages_by_seq");
        Indexes("from sessions where token_hash", "PRIMARY KEY");

        void Indexes(string query, string index) =>
            plans.Should().Contain(each => each.statement.Contains(query)).And
                .NotContain(each =>
                    each.statement.Contains(query) && !each.statement.Contains(" match ") && !each.Plan.Any(line => line.Contains(index)),
                    $"{query} is answered by {index}");
    }

    /// <summary>Everything that happens all day.</summary>
    private static async Task LiveAsync(LeanChatServer server, Admin mia)
    {
        var visitor = await server.VisitorAsync();
        await visitor.PostAsync("Hello!", "c1");
        await visitor.PostAsync("Hello!", "c1");
        await mia.ReplyAsync(visitor.ChatId, "Hi!");
        await visitor.MarkReadAsync();
        await visitor.GetAsync("");
        await visitor.GetAsync("/messages?after=1");
        await visitor.GetAsync("/messages?before=9");
        await visitor.GetAsync("/messages?since=2026-11-22T09:00:00Z");
        await visitor.RequestAsync(HttpMethod.Post, "/open", new { key = "x" });
        await using (var widget = await visitor.OpenAsync(after: 0))
        {
            await widget.SayAsync(new { action = "page", url = "https://shop.example/" });
            await widget.SettleAsync();
        }

        await mia.ListAsync();
        await mia.ListAsync("?limit=1");
        await mia.GetAsync((await mia.GetAsync("/chats?limit=1")).Header("Link") is { } link
            ? link[(link.IndexOf("/chats", StringComparison.Ordinal))..link.IndexOf('>', StringComparison.Ordinal)]
            : "/chats");
        await mia.ListAsync("?q=hello");
        await mia.OpenChatAsync(visitor.ChatId);
        await mia.PostAsync($"/chats/{visitor.ChatId}/archive");
        await mia.ListAsync("?archived=true");
        await mia.PostAsync($"/chats/{visitor.ChatId}/unarchive");
        await mia.GetAsync("/counts");
        await mia.GetAsync("/me");
    }

    private static string[] Plan(LeanChatServer server, string statement)
    {
        using var connection = new SqliteConnection($"Data Source={server.Database.Location};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "explain query plan " + statement;
        using var rows = command.ExecuteReader();
        var lines = new List<string>();
        while (rows.Read())
            lines.Add(rows.GetString(3));
        return [.. lines];
    }

    /// <summary>The connections that the database works with: only a test wants to listen to them.</summary>
    private static IEnumerable<SqliteConnection> Connections(Database database)
    {
        const BindingFlags hidden = BindingFlags.Instance | BindingFlags.NonPublic;
        var readers = (IEnumerable<SqliteConnection>)typeof(SqliteDatabase).GetField("_readers", hidden)!.GetValue(database)!;
        var writer = typeof(SqliteDatabase).GetField("_writer", hidden)!.GetValue(database)!;
        return readers.Append((SqliteConnection)typeof(Writer).GetField("_connection", hidden)!.GetValue(writer)!);
    }

    private static SqliteConnection Memory(string schema, int version)
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        connection.Run(schema);
        connection.Run($"pragma user_version = {version}");
        return connection;
    }

    /// <summary>What a schema comes to, however it was arrived at.</summary>
    private static string[] Describe(SqliteConnection connection)
    {
        var all = new List<string>();
        Add(
            "select 'table', l.name, l.type, l.wr, l.strict, c.cid, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden "
            + "from pragma_table_list l join pragma_table_xinfo(l.name) c where l.schema = 'main' order by l.name, c.cid");
        Add(
            "select 'key', l.name, f.* from pragma_table_list l join pragma_foreign_key_list(l.name) f "
            + "where l.schema = 'main' order by l.name, f.id, f.seq");
        Add(
            "select 'index', l.name, i.name, i.\"unique\", i.origin, i.partial, x.seqno, x.name, x.\"desc\", x.coll from "
            + "pragma_table_list l join pragma_index_list(l.name) i join "
            + "pragma_index_xinfo(i.name) x where l.schema = 'main' order by l.name, i.name, x.seqno");
        Add("select type, name, tbl_name, sql from sqlite_master where type <> 'table' or sql like 'create virtual%' order by type, name");
        return [.. all.Select(line => Space().Replace(line, " "))];

        void Add(string query)
        {
            using var command = connection.CreateCommand();
            command.CommandText = query;
            using var rows = command.ExecuteReader();
            while (rows.Read())
                all.Add(string.Join('|', Enumerable.Range(0, rows.FieldCount).Select(
                    column => Convert.ToString(rows[column], CultureInfo.InvariantCulture))));
        }
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;

    private static Regex Statement() => new("^\\s*(select|insert|update|delete|with)\\b", RegexOptions.IgnoreCase);

    private static Regex Harmless() => new(
        "USING (COVERING )?INDEX|VIRTUAL TABLE|CONSTANT ROW"
        + "|SCAN \\(?(subquery|admins|settings|canned_replies|webhooks|json_each|search_index)",
        RegexOptions.IgnoreCase);

    private static Regex Small() => new("from (admins|settings|canned_replies|letters)\\b");

    private static Regex Space() => new("\\s+");
}
