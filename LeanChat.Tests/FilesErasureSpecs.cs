using LeanChat.Files;
using LeanChat.Proof;
using LeanChat.Storage;

namespace LeanChat.Tests;

/// <summary>What becomes of files: they move with their chat, age, and go without a trace.</summary>
public sealed class FilesErasureSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;

    public async Task InitializeAsync() => _server = await LeanChatServer.StartAsync(
        "IdentitySecret=" + Host.Secret, "Limits:AttachmentBytesPerDay=0", "Limits:NewUsersPerHour=0");

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Erasing_a_person_leaves_no_byte_of_any_file_or_upload()
    {
        var (mia, gone, stays) = (await _server.AdminAsync(), await _server.VisitorAsync(), await _server.VisitorAsync());
        byte[][] files = [.. Enumerable.Range(1, 4).Select(seed => FileSamples.Text(3_000_000, seed))];
        var url = await gone.SendFileAsync(files[0], "secret-name-of-it.txt");
        await gone.UploadedAsync(files[1], "another-secret-name.txt");
        await mia.SendFilesAsync(gone.ChatId, "", null, await mia.UploadedAsync(gone.ChatId, files[2], "from-the-admin.txt"));
        var kept = await stays.SendFileAsync(files[3], "kept.txt");
        foreach (var file in files)
            _server.OnDisk().Should().Contain(Trace(file));

        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + gone.UserId)).Status.Should().Be(204);

        (await _server.FetchAsync(url)).Status.Should().Be(404);
        await Eventually.IsTrueAsync(() => Left().Length == 0);
        _server.OnDisk().Should().Contain(Trace(files[3]));
        (await _server.FetchAsync(kept)).Bytes.Should().Equal(files[3]);

        string[] Left()
        {
            var disk = _server.OnDisk();
            return [.. files[..3].SelectMany(Traces).Concat(["secret-name-of-it", "another-secret-name", "from-the-admin"])
                .Where(trace => disk.Contains(trace, StringComparison.Ordinal))];
        }
    }

    [Fact]
    public async Task An_upload_that_runs_while_its_user_is_erased_leaves_nothing_either()
    {
        var (mia, gone) = (await _server.AdminAsync(), await _server.VisitorAsync());
        var (file, gate) = (FileSamples.Text(3_000_000), new TaskCompletionSource());
        var upload = gone.RequestAsync(
            HttpMethod.Post, "/attachments?name=a.txt", new StreamContent(new HeldStream(file, 1_500_000, gate.Task)));
        await Eventually.IsTrueAsync(() => _server.OnDisk().Contains(Trace(file), StringComparison.Ordinal));

        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + gone.UserId)).Status.Should().Be(204);
        gate.SetResult();

        (await upload).ShouldBeRefused(404, "not_found");
        await Eventually.IsTrueAsync(() => !Traces(file).Any(trace => _server.OnDisk().Contains(trace, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_no_message_took_goes_after_a_day()
    {
        var visitor = await _server.VisitorAsync();
        var unused = await visitor.UploadAsync(FileSamples.Text(200_000), "a.txt");
        var used = await visitor.SendFileAsync(FileSamples.Png());
        var url = (string)unused.Json!["url"]!;

        _server.Clock.Advance(TimeSpan.FromHours(23.9));
        await _server.Get<FileEraser>().EraseAsync();
        (await _server.FetchAsync(url)).Status.Should().Be(200);
        _server.Clock.Advance(TimeSpan.FromHours(0.1));
        await _server.Get<FileEraser>().EraseAsync();

        (await _server.FetchAsync(url)).Status.Should().Be(404);
        (await visitor.SendFilesAsync("", null, (string)unused.Json["id"]!)).ShouldBeRefused(422, "unknown_attachment");
        (await _server.FetchAsync(used)).Status.Should().Be(200);
        _server.OnDisk().Should().NotContain(Trace(FileSamples.Text(200_000)));
    }

    [Fact]
    public async Task Unused_uploads_go_by_themselves()
    {
        var visitor = await _server.VisitorAsync();
        var url = (string)(await visitor.UploadAsync(FileSamples.Png())).Json!["url"]!;

        await Eventually.IsTrueAsync(async () =>
        {
            // The eraser looks every ten minutes.
            _server.Clock.Advance(TimeSpan.FromHours(1));
            return (await _server.FetchAsync(url)).Status == 404;
        });
    }

    [Fact]
    public async Task Old_files_go_and_their_names_stay()
    {
        var (mia, visitor) = (await _server.AdminAsync(), await _server.VisitorAsync());
        var file = FileSamples.Text(200_000);
        var old = await visitor.SendFileAsync(file, "old.txt");
        _server.Clock.Advance(TimeSpan.FromDays(3));
        var young = await visitor.SendFileAsync(FileSamples.Png(), "young.png");
        await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Retention:AttachmentDays"] = "2" });

        await _server.Get<FileEraser>().EraseAsync();

        (await _server.FetchAsync(old)).Status.Should().Be(404);
        (await _server.FetchAsync(young)).Status.Should().Be(200);
        var told = (await visitor.MessagesAsync())[0]!["attachments"]![0]!;
        ((string)told["name"]!).Should().Be("old.txt");
        ((long)told["size"]!).Should().Be(200_000);
        _server.OnDisk().Should().NotContain(Trace(file));
        ((long)await ScalarAsync("select bytes from attachment_total")).Should().Be(FileSamples.Png().Length);
    }

    [Fact]
    public async Task Files_move_with_their_messages_into_the_chat_of_the_identified_user()
    {
        var mia = await _server.AdminAsync();
        var known = await _server.VisitorAsync();
        await known.IdentifyAsync(new { token = Host.Sign(Host.Claims(_server.Clock, "sub-1")) });
        await known.PostAsync("Hello!");
        var visitor = await _server.VisitorAsync();
        await visitor.SendFileAsync(FileSamples.Png(), "sent.png");
        var unused = await visitor.UploadedAsync(FileSamples.Png(), "unused.png");
        var fromMia = await mia.UploadedAsync(visitor.ChatId, FileSamples.Png(), "mia.png");

        await visitor.IdentifyAsync(new { token = Host.Sign(Host.Claims(_server.Clock, "sub-1")) });

        visitor.ChatId.Should().Be(known.ChatId);
        var moved = (await visitor.MessagesAsync())[1]!;
        ((string)moved["attachments"]![0]!["name"]!).Should().Be("sent.png");
        (await _server.FetchAsync(FileStories.Address(moved))).Bytes.Should().Equal(FileSamples.Png());
        (await visitor.SendFilesAsync("", null, unused)).Status.Should().Be(201);
        (await mia.SendFilesAsync(visitor.ChatId, "", null, fromMia)).Status.Should().Be(201);
        (await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId)).Status.Should().Be(204);
        ((long)await ScalarAsync("select count(*) from attachments")).Should().Be(0);
    }

    [Fact]
    public async Task A_chat_is_found_by_the_name_of_its_file()
    {
        var (mia, visitor, other) = (await _server.AdminAsync(), await _server.VisitorAsync(), await _server.VisitorAsync());
        await visitor.SendFileAsync(FileSamples.Pdf, "invoice-Größe-2026.pdf");
        await other.PostAsync("Hello!");

        foreach (var query in (string[])["invoice", "grosse", "2026.pdf"])
        {
            var found = await mia.ListAsync("?q=" + query);
            found.Should().ContainSingle(query).Which!["id"]!.GetValue<string>().Should().Be(visitor.ChatId);
            ((string)found[0]!["hit"]!).Should().Contain("invoice");
        }

        await mia.RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId);
        (await mia.ListAsync("?q=invoice")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_file_brings_an_archived_chat_back_and_an_upload_does_not()
    {
        var (mia, visitor) = (await _server.AdminAsync(), await _server.VisitorAsync());
        await visitor.PostAsync("Hello!");
        await mia.PostAsync($"/chats/{visitor.ChatId}/archive");

        var id = await visitor.UploadedAsync(FileSamples.Png());
        (await mia.ListAsync("?archived=true")).Should().HaveCount(1);
        await visitor.SendFilesAsync("", null, id);

        (await mia.ListAsync("?archived=true")).Should().BeEmpty();
        (await mia.ListAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task One_backup_holds_the_files_and_one_restore_brings_them_back()
    {
        var visitor = await _server.VisitorAsync();
        var file = FileSamples.Text(500_000);
        var url = await visitor.SendFileAsync(file, "a.txt");
        var copy = Path.Combine(Path.GetTempPath(), $"leanchat-{Guid.NewGuid():N}.db");
        Backup.Write(_server.Directory, copy);
        await (await _server.AdminAsync()).RequestAsync(HttpMethod.Delete, "/users/" + visitor.UserId);

        await _server.StopAsync();
        Backup.Restore(_server.Directory, copy, DateTimeOffset.UtcNow);
        await _server.StartAgainAsync();

        (await _server.FetchAsync(url)).Bytes.Should().Equal(file);
        FileStories.Address((await visitor.MessagesAsync())[0]!).Should().Be(url);
        File.Delete(copy);
    }

    private Task<object> ScalarAsync(string query) => _server.Database.ReadAsync(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar()!;
    });

    private static string Trace(byte[] file) => Traces(file).First();

    /// <summary>A piece of some of the pages that the file takes.</summary>
    private static IEnumerable<string> Traces(byte[] file) => Enumerable.Range(0, file.Length / 4096).Where(page => page % 61 == 0)
        .Select(page => System.Text.Encoding.Latin1.GetString(file, (page * 4096) + 100, 24));

    /// <summary>Says nothing more behind some bytes until it may.</summary>
    private sealed class HeldStream(byte[] bytes, int hold, Task gate) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= hold)
                await gate.WaitAsync(cancellationToken);
            return Read(buffer.Span[..Math.Min(buffer.Length, 50_000)]);
        }
    }
}
