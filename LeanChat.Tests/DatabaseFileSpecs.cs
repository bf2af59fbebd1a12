using System.Security.Cryptography;
using LeanChat.Cli;
using LeanChat.Storage;

namespace LeanChat.Tests;

/// <summary>The file: made where there is none, refused where it is not ours, and whole after a crash.</summary>
public sealed class DatabaseFileSpecs : StorageStories
{
    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("folder missing")]
    [InlineData("half made before a crash")]
    public async Task What_is_not_there_yet_is_made(string what)
    {
        var directory = what == "folder missing" ? Path.Combine(Folder, "a", "b") : Folder;
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
            await using var to = System.IO.File.Create(Path.Combine(Folder, Path.GetFileName(file)));
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
        // After a restart nobody has used the dashboard yet.
        server.Clock.Advance(TimeSpan.FromMinutes(5));
        var (before, list) = ((await visitor.GetAsync("")).Text, (await mia.GetAsync("/chats?archived=true")).Text);

        await server.RestartAsync();

        (await visitor.GetAsync("")).Text.Should().Be(before);
        (await mia.GetAsync("/chats?archived=true")).Text.Should().Be(list);
        (await visitor.PostAsync("Hello!", "c1")).Status.Should().Be(200);
        (await mia.ReplyAsync(visitor.ChatId, "Hi!", "a1")).Status.Should().Be(200);
        ((long)(await visitor.PostAsync("Back again")).Json!["seq"]!).Should().Be(3);
        await server.AuditAsync(mia);
    }

    private async Task RefusedAsync(string file)
    {
        var before = await HashAsync(file);

        var start = () => Program.Build(new ServeOptions(Folder, "http://127.0.0.1:0", [], Folder));

        var refused = start.Should().Throw<StorageException>().Which;
        refused.Failure.Should().Be(StorageFailure.Refused);
        refused.Message.Should().StartWith(file).And.NotContain("\n").And.EndWith(".");
        (await HashAsync(file)).Should().Be(before, "the file was left untouched");
        Directory.GetFiles(Folder).Select(Path.GetFileName)
            .Should().BeSubsetOf(["leanchat.db", "leanchat.lock", "leanchat.db-shm", "leanchat.db-wal"]);

        // Moved away, as the message says, there is room for a new one: nothing was kept open.
        foreach (var left in Directory.GetFiles(Folder, "leanchat.db*"))
            System.IO.File.Delete(left);
        using var database = Open();
        (await RowsAsync(database)).Should().BeEmpty();
    }

    private static async Task<string> HashAsync(string file) =>
        Convert.ToHexString(SHA256.HashData(await System.IO.File.ReadAllBytesAsync(file)));
}
