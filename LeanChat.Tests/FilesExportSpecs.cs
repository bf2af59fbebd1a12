using System.Text.Json.Nodes;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>Files in exports: by their addresses, and as they are.</summary>
public sealed class FilesExportSpecs
{
    [Fact]
    public async Task An_export_tells_where_files_are_and_writes_them_into_a_folder()
    {
        await using var server = await LeanChatServer.StartAsync("PublicUrl=https://chat.example", "Limits:AttachmentBytesPerDay=0");
        var visitor = await server.VisitorAsync();
        var (file, long_) = (FileSamples.Text(200_000), string.Concat(Enumerable.Repeat("😀", 150)) + ".png");
        await visitor.SendFileAsync(file, "notes.txt", "See");
        await visitor.SendFileAsync(FileSamples.Png(), long_);
        var unused = await visitor.UploadedAsync(FileSamples.Pdf, "unused.pdf");
        var folder = Directory.CreateTempSubdirectory("leanchat-export-").FullName;

        var all = await Running.RunAsync(
            ["export", "--data", server.Directory, "--files", folder, "--LeanChat:PublicUrl=https://chat.example"]);

        all.Code.Should().Be(0, all.Error);
        var lines = all.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var messages = lines.Where(line => (string?)line["type"] == "message").ToList();
        var told = messages[0]["attachments"]![0]!;
        ((string)told["name"]!).Should().Be("notes.txt");
        var url = (string)told["url"]!;
        url.Should().StartWith("https://chat.example/files/");
        var upload = lines.Single(line => (string?)line["type"] == "upload");
        ((string)upload["file"]!["id"]!).Should().Be(unused);
        File.ReadAllBytes(Path.Combine(folder, (string)told["id"]!, "notes.txt")).Should().Equal(file);
        var written = Directory.GetFiles(Path.Combine(folder, (string)messages[1]["attachments"]![0]!["id"]!)).Single();
        Path.GetFileName(written).Should().EndWith("😀.png");
        File.ReadAllBytes(written).Should().Equal(FileSamples.Png());
        Directory.GetDirectories(folder).Should().HaveCount(3);

        var again = await Running.RunAsync(["export", "--data", server.Directory, "--files", folder]);
        again.Code.Should().Be(1);
        again.Error.Should().Contain("is not empty");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_is_known_about_a_person_has_their_files()
    {
        await using var server = await LeanChatServer.StartAsync();
        var mia = await server.AdminAsync();
        var visitor = await server.VisitorAsync();
        await visitor.SendFileAsync(FileSamples.Png(), "sent.png");
        await visitor.UploadedAsync(FileSamples.Png(), "unused.png");

        var export = (await mia.GetAsync($"/users/{visitor.UserId}/export")).Json!;

        ((string)export["messages"]![0]!["attachments"]![0]!["name"]!).Should().Be("sent.png");
        ((string)export["messages"]![0]!["attachments"]![0]!["url"]!).Should().StartWith(server.Origin + "/files/");
        ((string)export["uploads"]![0]!["name"]!).Should().Be("unused.png");
    }
}
