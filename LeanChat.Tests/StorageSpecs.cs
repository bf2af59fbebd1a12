using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using LeanChat.Cli;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using LeanChat.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LeanChat.Tests;

/// <summary>The database by itself: one writer, groups of writes, and a file that is ours or left alone.</summary>
public sealed class StorageSpecs : IDisposable
{
    /// <summary>Only for what never comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("leanchat-").FullName;

    private string File => Path.Combine(_directory, "leanchat.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // Groups of writes.

    [Fact]
    public async Task A_write_that_fails_takes_nothing_else_with_it()
    {
        using var database = Open();
        using var gate = new Gate(database);
        var writes = Enumerable.Range(0, 20).Select(number => database.WriteAsync(tx =>
        {
            Insert(tx, $"{number}");
            if (number % 5 == 1)
                throw new InvalidOperationException($"{number} failed");
            if (number % 5 == 2)
                Insert(tx, $"{number}");
            return number;
        })).ToArray();
        gate.Open();

        for (var number = 0; number < writes.Length; number++)
        {
            var wait = async () => await writes[number].WaitAsync(Patience);
            if (number % 5 == 1)
                (await wait.Should().ThrowAsync<InvalidOperationException>()).WithMessage($"{number} failed");
            else if (number % 5 == 2)
                (await wait.Should().ThrowAsync<SqliteException>()).WithMessage("*UNIQUE*");
            else
                (await writes[number].WaitAsync(Patience)).Should().Be(number);
        }

        (await RowsAsync(database))
            .Should().BeEquivalentTo(Enumerable.Range(0, 20).Where(number => number % 5 is 0 or 3 or 4).Select(number => $"{number}"));
    }

    [Fact]
    public async Task What_is_announced_is_on_disk_already()
    {
        using var database = Open();
        var seen = new List<string>();
        using var gate = new Gate(database);
        var writes = Enumerable.Range(0, 5).Select(number => database.WriteAsync(tx =>
        {
            Insert(tx, $"{number}");
            tx.AfterCommit(() => seen.Add($"{number}: {CountElsewhere()}"));
            return number;
        })).ToArray();
        gate.Open();
        await Task.WhenAll(writes).WaitAsync(Patience);

        // One after the other, in the order of the writes, when all that share the commit can be read by anybody.
        seen.Should().Equal("0: 5", "1: 5", "2: 5", "3: 5", "4: 5");
    }

    [Fact]
    public async Task What_is_announced_is_announced_before_the_next_write()
    {
        using var database = Open();
        var events = new ConcurrentQueue<string>();
        Task<int>? later = null;
        var first = database.WriteAsync(tx =>
        {
            events.Enqueue("first written");
            tx.AfterCommit(() =>
            {
                later = database.WriteAsync(_ =>
                {
                    events.Enqueue("second written");
                    return 2;
                });
                events.Enqueue("first announced");
            });
            tx.AfterCommit(() => events.Enqueue("first announced to the end"));
            return 1;
        });

        (await first.WaitAsync(Patience)).Should().Be(1);
        events.Should().Contain("first announced to the end", "a write is done when it has been announced");
        (await later!.WaitAsync(Patience)).Should().Be(2);
        events.Should().Equal("first written", "first announced", "first announced to the end", "second written");
    }

    [Fact]
    public async Task What_fails_is_not_announced()
    {
        using var database = Open();
        var announced = false;

        var write = async () => await database.WriteAsync<int>(tx =>
        {
            tx.AfterCommit(() => announced = true);
            throw new InvalidOperationException("no");
        });

        await write.Should().ThrowAsync<InvalidOperationException>();
        (await database.WriteAsync(_ => 1)).Should().Be(1);
        announced.Should().BeFalse();
    }

    [Fact]
    public async Task An_announcement_that_fails_ends_neither_the_write_nor_the_writer()
    {
        using var database = Open();

        (await database.WriteAsync(tx =>
        {
            Insert(tx, "a");
            tx.AfterCommit(() => throw new InvalidOperationException("nobody listens"));
            return 1;
        }).WaitAsync(Patience)).Should().Be(1);

        (await database.WriteAsync(_ => 2).WaitAsync(Patience)).Should().Be(2);
        (await RowsAsync(database)).Should().Equal("a");
    }

    [Fact]
    public async Task A_read_sees_one_moment_and_changes_nothing()
    {
        using var database = Open();
        await database.WriteAsync(tx => Insert(tx, "a"));
        using var between = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();

        var read = database.ReadAsync(connection =>
        {
            var before = Scalar(connection, "select count(*) from canned_replies");
            begun.Set();
            between.Wait(Patience).Should().BeTrue();
            return (before, Scalar(connection, "select count(*) from canned_replies"));
        });
        begun.Wait(Patience).Should().BeTrue();
        await database.WriteAsync(tx => Insert(tx, "b"));
        between.Set();

        (await read.WaitAsync(Patience)).Should().Be((1L, 1L));
        (await RowsAsync(database)).Should().Equal("a", "b");
        var write = async () => await database.ReadAsync(connection => Scalar(connection, "delete from canned_replies returning 1"));
        await write.Should().ThrowAsync<SqliteException>();
        (await RowsAsync(database)).Should().Equal("a", "b");
    }

    [Fact]
    public async Task A_transaction_happens_at_one_time_in_whole_milliseconds()
    {
        using var database = new SqliteDatabase(
            _directory,
            new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 9, 19, 49, TimeSpan.Zero).AddTicks(4_147_999)),
            NullLogger<Database>.Instance);

        (await database.WriteAsync(tx => (tx.At, tx.Now)))
            .Should().Be(("2026-11-22T09:19:49.414Z", new DateTimeOffset(2026, 11, 22, 9, 19, 49, 414, TimeSpan.Zero)));
    }

    [Fact]
    public async Task When_too_many_writes_wait_the_next_is_refused_at_once()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        using var gate = new Gate(server.Database);
        var waiting = Enumerable.Range(0, Writer.QueueLength).Select(_ => server.Database.WriteAsync(_ => true)).ToArray();

        var reply = await visitor.PostAsync("Hello!", "c1").WaitAsync(Patience);
        reply.Status.Should().Be(503);
        reply.Error.Should().Be("overloaded");
        reply.Header("Retry-After").Should().NotBeNull();
        var health = await server.AskAsync(HttpMethod.Get, "/healthz");
        health.Status.Should().Be(503);
        health.Text.Should().StartWith("overloaded");

        gate.Open();
        await Task.WhenAll(waiting).WaitAsync(Patience);
        (await visitor.PostAsync("Hello!", "c1")).Status.Should().Be(201, "it was not stored before");
    }

    // The file.

    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("folder missing")]
    [InlineData("half made before a crash")]
    public async Task What_is_not_there_yet_is_made(string what)
    {
        var directory = what == "folder missing" ? Path.Combine(_directory, "a", "b") : _directory;
        if (what == "empty")
            await System.IO.File.WriteAllBytesAsync(File, []);
        if (what == "half made before a crash")
            await System.IO.File.WriteAllTextAsync(File + ".new", "half a database");

        using (var database = Open(directory))
            await database.WriteAsync(tx => Insert(tx, "a"));

        using var again = Open(directory);
        (await RowsAsync(again)).Should().Equal("a");
        Directory.GetFiles(directory).Select(Path.GetFileName).Should().NotContain("leanchat.db.new");
    }

    public static TheoryData<string> Strangers =>
        ["text", "a byte", "zeros", "only the magic", "another program's", "nobody's", "newer", "negative version", "never finished"];

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task A_file_that_is_not_ours_is_refused_and_left_alone(string what)
    {
        switch (what)
        {
            case "text":
                await System.IO.File.WriteAllTextAsync(
                    File, string.Concat(Enumerable.Repeat("Dear diary, today I lost my database. ", 500)));
                break;
            case "a byte":
                await System.IO.File.WriteAllBytesAsync(File, [1]);
                break;
            case "zeros":
                await System.IO.File.WriteAllBytesAsync(File, new byte[8192]);
                break;
            case "only the magic":
                await System.IO.File.WriteAllTextAsync(File, "SQLite format 3\0");
                break;
            case "another program's":
                Run("create table diary (entry text); insert into diary values ('secret'); pragma application_id = 252006675");
                break;
            case "nobody's":
                Run("create table diary (entry text); insert into diary values ('secret')");
                break;
            default:
                Open().Dispose();
                Run($"pragma user_version = {what switch { "newer" => Migrations.Newest + 1, "never finished" => 0, _ => -7 }}");
                break;
        }

        await RefusedAsync(File);
    }

    [Theory]
    [InlineData("cut in half")]
    [InlineData("cut to its header")]
    [InlineData("cut by a byte")]
    [InlineData("scribbled on")]
    [InlineData("scribbled on the schema")]
    public async Task A_damaged_file_is_refused_and_left_alone(string what)
    {
        using (var database = Open())
        {
            await Task.WhenAll(
                Enumerable.Range(0, 500).Select(number => database.WriteAsync(tx => Insert(tx, $"{number} {new string('x', 200)}"))));
        }

        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        switch (what)
        {
            case "cut in half":
                bytes = bytes[..(bytes.Length / 2)];
                break;
            case "cut to its header":
                bytes = bytes[..100];
                break;
            case "cut by a byte":
                bytes = bytes[..^1];
                break;
            case "scribbled on":
                for (var page = bytes.Length / 4096 / 2; page < bytes.Length / 4096; page++)
                    bytes.AsSpan(page * 4096, 64).Fill(0xa5);
                break;
            default:
                bytes.AsSpan(100, 200).Fill(0xa5);
                break;
        }

        await System.IO.File.WriteAllBytesAsync(File, bytes);

        await RefusedAsync(File);
    }

    [Fact]
    public async Task A_second_server_on_the_same_file_is_refused()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();

        var second = () => Program.Build(new ServeOptions(server.Directory, "http://127.0.0.1:0", [], server.Directory));

        var refused = second.Should().Throw<StorageException>().Which;
        refused.Failure.Should().Be(StorageFailure.Refused);
        refused.Message.Should().Contain(server.Directory).And.NotContain("\n");
        (await visitor.PostAsync("Still here")).Status.Should().Be(201);

        await server.RestartAsync();
        (await visitor.PostAsync("And again")).Status.Should().Be(201);
    }

    [Fact]
    public async Task A_crash_loses_nothing_that_was_answered()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0");
        var visitor = await server.VisitorAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => visitor.PostAsync($"Message {number}")));

        // What a crash leaves behind: the files as they are at this moment, the log not folded back.
        foreach (var file in Directory.GetFiles(server.Directory, "leanchat.db*"))
        {
            await using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using var to = System.IO.File.Create(Path.Combine(_directory, Path.GetFileName(file)));
            await from.CopyToAsync(to);
        }

        System.IO.File.Delete(File + "-shm");
        using var recovered = Open();
        (await recovered.ReadAsync(connection =>
            Scalar(connection, "select count(*) || ' ' || max(seq) || ' ' || count(distinct content) from support_messages")))
                .Should().Be("200 200 200");
        (await recovered.ReadAsync(connection => Scalar(connection, "pragma integrity_check"))).Should().Be("ok");
    }

    [Fact]
    public async Task A_restart_keeps_everything()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        var visitor = await server.VisitorAsync();
        await visitor.PostAsync("Hello!", "c1");
        await mia.ReplyAsync(visitor.ChatId, "Hi!", "a1");
        await visitor.MarkReadAsync();
        await mia.PostAsync($"/chats/{visitor.ChatId}/archive");
        var (before, list) = ((await visitor.GetAsync("")).Text, (await mia.GetAsync("/chats?archived=true")).Text);

        await server.RestartAsync();

        (await visitor.GetAsync("")).Text.Should().Be(before);
        (await mia.GetAsync("/chats?archived=true")).Text.Should().Be(list);
        (await visitor.PostAsync("Hello!", "c1")).Status.Should().Be(200);
        (await mia.ReplyAsync(visitor.ChatId, "Hi!", "a1")).Status.Should().Be(200);
        ((long)(await visitor.PostAsync("Back again")).Json!["seq"]!).Should().Be(3);
        await server.AuditAsync(mia);
    }

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

        var left = await LeftAsync();
        left.Should().BeEmpty();
        server.OnDisk().Should().Contain("I stay");
        (await gone.GetAsync("")).Status.Should().Be(401);
        (await mia.ListAsync()).Should().HaveCount(1);
        await server.AuditAsync(mia);

        // While nobody reads it is gone when it is answered; after a reader it may take the time of a breath.
        async Task<string[]> LeftAsync()
        {
            var until = DateTime.UtcNow + TimeSpan.FromSeconds(3);
            while (true)
            {
                var disk = server.OnDisk().ToLowerInvariant();
                string[] found = [.. traces.Where(trace => disk.Contains(trace, StringComparison.Ordinal))];
                if (found.Length == 0 || !whileSomebodyReads || DateTime.UtcNow > until)
                    return found;
                await server.AskAsync(HttpMethod.Get, "/healthz");
            }
        }
    }

    // Schema.

    [Fact]
    public void Every_older_schema_steps_up_to_the_newest()
    {
        // Beside this file: the schema of each version that was ever released, as OldSchemas/<version>.sql.
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

    private async Task RefusedAsync(string file)
    {
        var before = await HashAsync(file);

        var start = () => Program.Build(new ServeOptions(_directory, "http://127.0.0.1:0", [], _directory));

        var refused = start.Should().Throw<StorageException>().Which;
        refused.Failure.Should().Be(StorageFailure.Refused);
        refused.Message.Should().StartWith(file).And.NotContain("\n").And.EndWith(".");
        (await HashAsync(file)).Should().Be(before, "the file was left untouched");
        Directory.GetFiles(_directory).Select(Path.GetFileName)
            .Should().BeSubsetOf(["leanchat.db", "leanchat.lock", "leanchat.db-shm", "leanchat.db-wal"]);

        // Moved away, as the message says, there is room for a new one: nothing was kept open.
        foreach (var left in Directory.GetFiles(_directory, "leanchat.db*"))
            System.IO.File.Delete(left);
        using var database = Open();
        (await RowsAsync(database)).Should().BeEmpty();
    }

    private SqliteDatabase Open(string? directory = null) =>
        new(directory ?? _directory, TimeProvider.System, NullLogger<Database>.Instance);

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Run(string statements)
    {
        using var connection = Connect();
        connection.Run(statements);
    }

    private object? CountElsewhere()
    {
        using var connection = Connect();
        return Scalar(connection, "select count(*) from canned_replies");
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

    /// <summary>A row in the simplest table there is.</summary>
    private static bool Insert(Transaction tx, string text)
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = "insert into canned_replies (id, shortcut, content, created_at) values (@id, @text, 'x', @at)";
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("@id", Guid.NewGuid().ToString()), ("@text", text), ("@at", tx.At)])
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command.ExecuteNonQuery() == 1;
    }

    private static Task<string[]> RowsAsync(Database database) => database.ReadAsync(connection =>
        ((string)Scalar(connection, "select coalesce(group_concat(shortcut, '|' order by shortcut), '') from canned_replies")!)
            .Split('|', StringSplitOptions.RemoveEmptyEntries));

    private static object? Scalar(System.Data.Common.DbConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }

    private static async Task<string> HashAsync(string file) =>
        Convert.ToHexString(SHA256.HashData(await System.IO.File.ReadAllBytesAsync(file)));

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;

    private static Regex Statement() => new("^\\s*(select|insert|update|delete|with)\\b", RegexOptions.IgnoreCase);

    private static Regex Harmless() => new(
        "USING (COVERING )?INDEX|VIRTUAL TABLE|CONSTANT ROW|SCAN \\(?(subquery|admins|settings|canned_replies|json_each|search_index)",
        RegexOptions.IgnoreCase);

    private static Regex Small() => new("from (admins|settings|canned_replies|letters)\\b");

    private static Regex Space() => new("\\s+");

    /// <summary>Holds the writer, so that what is asked of it meanwhile shares one commit.</summary>
    private sealed class Gate : IDisposable
    {
        private readonly ManualResetEventSlim _open = new();

        public Gate(Database database)
        {
            using var held = new ManualResetEventSlim();
            _ = database.WriteAsync(_ =>
            {
                held.Set();
                return _open.Wait(Patience);
            });
            held.Wait(Patience).Should().BeTrue();
        }

        public void Open() => _open.Set();

        public void Dispose() => _open.Set();
    }
}
