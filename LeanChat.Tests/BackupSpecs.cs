using System.Text.Json.Nodes;
using LeanChat.Chats;
using LeanChat.Storage;
using LeanChat.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace LeanChat.Tests;

/// <summary>The way out and the way back: a copy while people talk, and its return.</summary>
public sealed class BackupSpecs : IDisposable
{
    /// <summary>Only for what never comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("leanchat-").FullName;

    private string Copy => Path.Combine(_folder, "copy.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_backup_taken_while_people_talk_holds_everything_acknowledged_before_it_began()
    {
        await using var server = await LeanChatServer.StartAsync("Limits:MessagesPerMinute=0");
        var talks = new List<(Visitor Visitor, List<JsonNode> Acknowledged, Task Talking)>();
        using var enough = new CancellationTokenSource();
        for (var each = 0; each < 6; each++)
        {
            var (visitor, acknowledged) = (await server.VisitorAsync(), new List<JsonNode>());
            talks.Add((visitor, acknowledged, TalkAsync(visitor, acknowledged, enough.Token)));
        }

        await Eventually.IsTrueAsync(() => talks.TrueForAll(talk => Count(talk.Acknowledged) >= 20), Patience);
        var before = talks.ConvertAll(talk => Count(talk.Acknowledged));
        var backup = await Running.RunAsync(["backup", Copy, "--data", server.Directory]);
        var after = talks.ConvertAll(talk => Count(talk.Acknowledged));
        await enough.CancelAsync();
        foreach (var talk in talks)
            await talk.Talking;

        (backup.Code, backup.Error).Should().Be((0, ""));
        backup.Out.Should().Contain(Copy);
        after.Zip(before).Should().OnlyContain(counts => counts.First > counts.Second, "nobody had to wait for it");
        OwnerOnly(Copy);
        Directory.GetFiles(_folder).Should().Equal([Copy], "nothing else is left behind");

        var elsewhere = Directory.CreateTempSubdirectory("leanchat-").FullName;
        var restore = await Running.RunAsync(["restore", Copy, "--data", elsewhere]);
        (restore.Code, restore.Error).Should().Be((0, ""));
        await using var there = await LeanChatServer.StartInAsync(elsewhere, "Limits:MessagesPerMinute=0");
        foreach (var (talk, least) in talks.Zip(before))
        {
            var same = new Visitor(there) { Token = talk.Visitor.Token };
            var kept = new List<string>();
            while ((await same.GetAsync($"/messages?after={kept.Count}&limit=200")).Json!.AsArray() is { Count: > 0 } page)
                kept.AddRange(page.Select(message => message!.ToJsonString()));

            kept.Should().HaveCountGreaterOrEqualTo(least, "it was acknowledged before the backup began");
            kept.Should().Equal(talk.Acknowledged.Take(kept.Count).Select(message => message.ToJsonString()));
            (await same.PostAsync("Where were we?")).Status.Should().Be(201);
        }
    }

    [Fact]
    public async Task A_backup_comes_to_its_end_however_much_is_written_meanwhile()
    {
        using var database = new SqliteDatabase(_folder, TimeProvider.System, NullLogger<Database>.Instance);
        await database.WriteAsync(tx => Run(
            tx,
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000) "
            + "insert into settings (key, value) select 'k' || i, hex(randomblob(1500)) from n"));
        using var enough = new CancellationTokenSource();
        var commits = 0;
        var writing = Task.Run(async () =>
        {
            for (; !enough.IsCancellationRequested; commits++)
                await database.WriteAsync(tx => Run(tx, $"update settings set value = 'v{commits}' where key = 'k{commits % 20000}'"));
        });
        await Eventually.IsTrueAsync(() => Volatile.Read(ref commits) > 10, Patience);

        // Both want the same disk, which may be busy for longer than one backup takes: but not with every one of them.
        var (before, size) = (0, 0L);
        using var patience = new CancellationTokenSource(Patience);
        for (var tries = 0; tries == 0 || (tries < 5 && Volatile.Read(ref commits) == before); tries++)
        {
            before = Volatile.Read(ref commits);
            size = await Task.Run(() => Backup.Write(_folder, Copy, patience.Token));
        }

        size.Should().BeGreaterThan(60_000_000);
        Volatile.Read(ref commits).Should().BeGreaterThan(before, "the writer went on");
        await enough.CancelAsync();
        await writing;
        using var copy = Open(Copy);
        copy.Ask($"select value = 'v{before - 1}' or substr(value, 2) > '{before - 1}' from settings where key = 'k{(before - 1) % 20000}'")
            .Should().Be(1);
    }

    [Fact]
    public async Task A_restore_beside_the_server_is_refused_and_changes_nothing()
    {
        await using var server = await LeanChatServer.StartAsync();
        var visitor = await server.VisitorAsync();
        await visitor.PostAsync("Hello?");
        (await Running.RunAsync(["backup", Copy, "--data", server.Directory])).Code.Should().Be(0);
        await visitor.PostAsync("Anybody?");

        var refused = await Running.RunAsync(["restore", Copy, "--data", server.Directory]);

        refused.Code.Should().Be(1);
        Line(refused.Error).Should().Contain("is serving").And.Contain("Stop it first");
        Directory.GetFiles(server.Directory).Select(Path.GetFileName)
            .Should().BeSubsetOf(["leanchat.db", "leanchat.db-wal", "leanchat.db-shm", "leanchat.lock"]);
        (await visitor.ChatAsync())["messages"]!.AsArray().Should().HaveCount(2);
    }

    [Fact]
    public async Task What_a_restore_replaces_is_kept_with_its_last_words()
    {
        var data = Path.Combine(_folder, "data");
        string token;
        await using (var server = await Running.StartAsync("--data", data, "--urls", "http://127.0.0.1:0"))
        {
            token = await SayAsync(server, null, "First");
            (await Running.RunAsync(["backup", Copy, "--data", data])).Code.Should().Be(0);
            await SayAsync(server, token, "Last");
            // What was said last stands in the log alone.
            server.Kill();
        }

        var restored = await Running.RunAsync(["restore", Copy, "--data", data]);

        (restored.Code, restored.Error).Should().Be((0, ""));
        var aside = Directory.GetFiles(data, "leanchat-before-restore-*.db").Should().ContainSingle().Which;
        restored.Out.Should().Contain(aside);
        Said(Path.Combine(data, "leanchat.db")).Should().Equal("First");
        Said(aside).Should().Equal("First", "Last");
        OwnerOnly(aside);
        OwnerOnly(Path.Combine(data, "leanchat.db"));
        Directory.GetFiles(data, "*.restoring*").Should().BeEmpty();
        await using var again = await Running.StartAsync("--data", data, "--urls", "http://127.0.0.1:0");
        await SayAsync(again, token, "And on");
    }

    [Theory]
    [InlineData("damaged", "damaged")]
    [InlineData("cut off", "damaged")]
    [InlineData("foreign", "not a LeanChat database")]
    [InlineData("newer", "newer LeanChat")]
    [InlineData("absent", "does not exist")]
    public async Task What_is_no_backup_is_refused_before_anything_is_touched(string what, string why)
    {
        var data = Path.Combine(_folder, "data");
        using (var database = new SqliteDatabase(data, TimeProvider.System, NullLogger<Database>.Instance))
            await database.WriteAsync(tx => Run(
                tx,
                "with recursive n (i) as (select 1 union all select i + 1 from n where i < 500) "
                + "insert into settings (key, value) select 'k' || i, hex(randomblob(500)) from n"));
        Backup.Write(data, Copy);
        Spoil(what);
        var before = await File.ReadAllBytesAsync(Path.Combine(data, "leanchat.db"));

        var refused = await Running.RunAsync(["restore", Copy, "--data", data]);

        refused.Code.Should().Be(1);
        Line(refused.Error).Should().Contain(Copy).And.Contain(why);
        (await File.ReadAllBytesAsync(Path.Combine(data, "leanchat.db"))).Should().Equal(before);
        Directory.GetFiles(data).Select(Path.GetFileName)
            .Should().BeSubsetOf(["leanchat.db", "leanchat.lock", "leanchat.db-wal", "leanchat.db-shm"]);
    }

    [Fact]
    public async Task A_backup_never_takes_the_place_of_something_else()
    {
        var data = Path.Combine(_folder, "data");
        new SqliteDatabase(data, TimeProvider.System, NullLogger<Database>.Instance).Dispose();
        await File.WriteAllTextAsync(Copy, "Somebody's notes.");
        foreach (var (target, why) in ((string, string)[])[
            (Copy, "not a LeanChat database"), (_folder, "is a folder"), (Path.Combine(data, "leanchat.db"), "the database itself"),
            (Path.Combine(_folder, "absent", "copy.db"), "absent")])
        {
            var refused = await Running.RunAsync(["backup", target, "--data", data]);
            refused.Code.Should().Be(1, target);
            Line(refused.Error).Should().Contain(why);
        }

        (await File.ReadAllTextAsync(Copy)).Should().Be("Somebody's notes.");
        File.Delete(Copy);
        (await Running.RunAsync(["backup", Copy, "--data", data])).Code.Should().Be(0);
        (await Running.RunAsync(["backup", Copy, "--data", data])).Code.Should().Be(0, "a nightly backup may keep its name");
        var nothing = await Running.RunAsync(["backup", Copy, "--data", Path.Combine(_folder, "nothing")]);
        nothing.Code.Should().Be(1);
        Line(nothing.Error).Should().Contain("nothing to back up");
        Directory.Exists(Path.Combine(_folder, "nothing")).Should().BeFalse("asking for a backup makes no database");
    }

    [Fact]
    public async Task The_server_backs_itself_up_on_time_and_keeps_the_newest()
    {
        await using var server = await LeanChatServer.StartAsync("Backup:Every=06:00:00", "Backup:Keep=2");
        var backups = Path.Combine(server.Directory, "backups");
        var first = $"leanchat-{server.Clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}.db";
        await Eventually.IsTrueAsync(() => Names() is [var only] && only == first, Patience);
        var visitor = await server.VisitorAsync();
        await visitor.PostAsync("Keep this");
        await File.WriteAllTextAsync(Path.Combine(backups, "leanchat-notes.db"), "not ours");

        for (var hour = 1; hour < 6; hour++)
            server.Clock.Advance(TimeSpan.FromHours(1));
        Names().Should().HaveCount(2, "it is not yet time");
        await server.RestartAsync();
        await TurnAsync(server, () => Names().Contains("leanchat-20261122T150000Z.db"));
        Said(Path.Combine(backups, "leanchat-20261122T150000Z.db")).Should().Equal("Keep this");
        await TurnAsync(server, () => Names() is [_, "leanchat-20261122T210000Z.db", _]);

        Names().Should().Equal(
            ["leanchat-20261122T150000Z.db", "leanchat-20261122T210000Z.db", "leanchat-notes.db"],
            "the first has gone, and what is not ours stays");
        Directory.GetFiles(backups, "leanchat-2*.db").Should().AllSatisfy(OwnerOnly);

        string[] Names() => Directory.Exists(backups)
            ? [.. Directory.GetFiles(backups).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)]
            : [];
    }

    [Fact]
    public async Task An_older_database_is_backed_up_before_it_is_changed_and_everything_is_still_there()
    {
        using (var old = Open(Path.Combine(_folder, "leanchat.db")))
        {
            old.Run(await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Here())!, "OldSchemas", "1.sql")));
            old.Run("""
                insert into users (id, created_at) values ('u1', '2026-01-01T00:00:00.000Z');
                insert into support_chats
                  (id, user_id, created_at, last_seq, message_count, last_message_at, last_message_sender, last_message_preview)
                  values ('c1', 'u1', '2026-01-01T00:00:00.000Z', 1, 1, '2026-01-01T00:00:00.000Z', 'user', 'Long ago');
                insert into support_messages (id, chat_id, seq, sender_type, sender_id, content, created_at)
                  values ('m1', 'c1', 1, 'user', 'u1', 'Long ago', '2026-01-01T00:00:00.000Z');
                pragma application_id = 0x4C656143;
                pragma user_version = 1;
                pragma journal_mode = wal;
                """);
        }

        await using (await Running.StartAsync("--data", _folder, "--urls", "http://127.0.0.1:0"))
        {
            Said(Path.Combine(_folder, "leanchat.db")).Should().Equal("Long ago");
        }

        var kept = Path.Combine(_folder, "backups", "leanchat-schema-1.db");
        OwnerOnly(kept);
        Said(kept).Should().Equal("Long ago");
        using var before = Open(kept);
        before.Ask("pragma user_version").Should().Be(1);
    }

    [Fact]
    public void Beside_an_older_server_nothing_is_changed_and_the_way_back_is_open()
    {
        new SqliteDatabase(_folder, TimeProvider.System, NullLogger<Database>.Instance).Dispose();
        string[] steps = [.. Migrations.Steps, "alter table users add column shoe_size text"];
        using (var file = DatabaseFile.Open(_folder, alone: true))
        using (var connection = file.Connect(SqliteOpenMode.ReadWrite))
        {
            using (var beside = DatabaseFile.Open(_folder, alone: false))
            {
                var early = () => Migrations.Run(beside, connection, steps);
                early.Should().Throw<StorageException>().WithMessage("*older LeanChat*");
            }

            Directory.Exists(Path.Combine(_folder, "backups")).Should().BeFalse();
            Migrations.Run(file, connection, steps);
            connection.Ask("pragma user_version").Should().Be(Migrations.Newest + 1);
        }

        var refused = () => new SqliteDatabase(_folder, TimeProvider.System, NullLogger<Database>.Instance);
        refused.Should().Throw<StorageException>()
            .WithMessage($"*was written by a newer LeanChat (schema {Migrations.Newest + 1}; this one knows {Migrations.Newest})*");
        Backup.Restore(_folder, Path.Combine(_folder, "backups", $"leanchat-schema-{Migrations.Newest}.db"), DateTimeOffset.UnixEpoch)
            .Should().NotBeNull();
        new SqliteDatabase(_folder, TimeProvider.System, NullLogger<Database>.Instance).Dispose();
    }

    private static async Task TalkAsync(Visitor visitor, List<JsonNode> acknowledged, CancellationToken enough)
    {
        for (var each = 1; !enough.IsCancellationRequested; each++)
        {
            var reply = await visitor.PostAsync($"message {each}", $"c{each}");
            lock (acknowledged)
                acknowledged.Add(reply.Json!);
        }
    }

    private static int Count(List<JsonNode> acknowledged)
    {
        lock (acknowledged)
            return acknowledged.Count;
    }

    private static async Task<string> SayAsync(Running server, string? token, string content)
    {
        using var client = server.Client();
        token ??= (string)(await (await client.GetAsync(new Uri("/support_chat", UriKind.Relative))).ReplyAsync()).Json!["token"]!;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/support_chat/messages") { Content = Wire.Body(new { content }) };
        request.Headers.Add("Authorization", "Bearer " + token);
        (await (await client.SendAsync(request)).ReplyAsync()).Status.Should().Be(201);
        return token;
    }

    private void Spoil(string what)
    {
        if (what == "absent")
            File.Delete(Copy);
        else if (what == "foreign")
            File.WriteAllText(Copy, new string('x', 5000));
        else if (what == "newer")
        {
            using var copy = Open(Copy);
            copy.Run($"pragma user_version = {Migrations.Newest + 1}");
        }
        else
        {
            using var copy = File.OpenWrite(Copy);
            if (what == "cut off")
                copy.SetLength(copy.Length / 2);
            else
            {
                copy.Position = copy.Length - 40_000;
                copy.Write(new byte[20_000]);
            }
        }
    }

    private static string[] Said(string database)
    {
        using var connection = Open(database);
        using var command = connection.CreateCommand();
        command.CommandText = "select content from support_messages order by row";
        using var rows = command.ExecuteReader();
        var said = new List<string>();
        while (rows.Read())
            said.Add(rows.GetString(0));
        connection.Ask("select count(*) from pragma_integrity_check where integrity_check = 'ok'").Should().Be(1);
        return [.. said];
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        return connection;
    }

    private static bool Run(Transaction tx, string statement)
    {
        using var command = tx.Connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
        return true;
    }

    private static void OwnerOnly(string file)
    {
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;

    private static string Line(string error) => error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle().Which;

    /// <summary>Turns the clock by minutes until it has happened: the schedule sets its alarm on a thread of its own.</summary>
    private static Task TurnAsync(LeanChatServer server, Func<bool> happened) => Eventually.IsTrueAsync(() =>
    {
        if (happened())
            return true;
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        return false;
    }, Patience);
}
